import Glibc

/// One background thread that processes sections in order while the caller fills the next one.
///
/// There are exactly two sections: a caller that is faster than the thread waits, so memory stays bounded.
final class SectionPipeline: @unchecked Sendable {
  private let process: @Sendable (FSTSection) -> Void
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var thread = pthread_t()
  // Guarded by the mutex:
  private var full: FSTSection?
  private var empty: FSTSection?
  private var isFinishing = false

  /// Starts the thread; `spare` is the section that the first `exchange` returns.
  init(spare: FSTSection, process: @escaping @Sendable (FSTSection) -> Void) {
    self.process = process
    empty = spare
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<SectionPipeline>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "cannot start the waveform thread: \(String(cString: strerror(status)))")
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Hands `section` over and returns an empty one, as soon as there is one.
  func exchange(_ section: FSTSection) -> FSTSection {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while empty == nil { pthread_cond_wait(changed, mutex) }
    let next = empty.take()!
    full = section
    pthread_cond_signal(changed)
    return next
  }

  /// Waits until all sections are processed and ends the thread. Must be called exactly once.
  func finish() {
    pthread_mutex_lock(mutex)
    isFinishing = true
    pthread_cond_signal(changed)
    pthread_mutex_unlock(mutex)
    pthread_join(thread, nil)
  }

  private func run() {
    while let section = nextSection() {
      process(section)
      pthread_mutex_lock(mutex)
      empty = section
      pthread_cond_signal(changed)
      pthread_mutex_unlock(mutex)
    }
  }

  /// The next section to process, or nil when there will not be any.
  private func nextSection() -> FSTSection? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while full == nil && !isFinishing { pthread_cond_wait(changed, mutex) }
    return full.take()
  }
}
