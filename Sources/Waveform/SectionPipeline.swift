import Glibc

/// One background thread that processes sections in order while the caller fills the next one.
///
/// The number of sections is fixed: a caller that is faster than the thread waits, so memory stays bounded. There are
/// more than two so that the caller need not wait as soon as the machine gives the thread no time for a few milliseconds.
final class SectionPipeline: @unchecked Sendable {
  private let process: @Sendable (FSTSection) -> Void
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var thread = pthread_t()
  // Guarded by the mutex:
  private var full: [FSTSection] = []
  /// In the order in which they were handed over. So sections take turns whatever the thread's speed: where one ends
  /// depends on the room in its chains, and equal runs must give equal files.
  private var empty: [FSTSection]
  private var isFinishing = false

  /// Starts the thread; `spare` are the sections besides the one that the caller fills, at least one.
  init(spare: [FSTSection], process: @escaping @Sendable (FSTSection) -> Void) {
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
    while empty.isEmpty { pthread_cond_wait(changed, mutex) }
    let next = empty.removeFirst()
    full.append(section)
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
      empty.append(section)
      pthread_cond_signal(changed)
      pthread_mutex_unlock(mutex)
    }
  }

  /// The next section to process, or nil when there will not be any.
  private func nextSection() -> FSTSection? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while full.isEmpty && !isFinishing { pthread_cond_wait(changed, mutex) }
    return full.isEmpty ? nil : full.removeFirst()
  }
}
