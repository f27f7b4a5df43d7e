import Glibc

/// One background thread that takes batches in order while the caller fills the next one.
///
/// The number of batches is fixed: a caller that is faster than the thread waits, so memory stays bounded. There are
/// more than two so that the caller need not wait as soon as the machine gives the thread no time for a moment.
final class BatchPipeline: @unchecked Sendable {
  private let process: @Sendable (FSTBatch) -> Void
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var thread = pthread_t()
  // Guarded by the mutex:
  private var full: [FSTBatch] = []
  private var empty: [FSTBatch]
  private var isFinishing = false

  /// Starts the thread; `spare` are the batches besides the one that the caller fills, at least one.
  init(spare: [FSTBatch], process: @escaping @Sendable (FSTBatch) -> Void) {
    self.process = process
    empty = spare
    full.reserveCapacity(spare.count + 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<BatchPipeline>.fromOpaque(argument!).takeRetainedValue().run()
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

  /// Hands `batch` over and returns an empty one, as soon as there is one.
  func exchange(_ batch: FSTBatch) -> FSTBatch {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    full.append(batch)
    pthread_cond_signal(changed)
    while empty.isEmpty { pthread_cond_wait(changed, mutex) }
    return empty.removeLast()
  }

  /// Waits until all batches are processed and ends the thread. Must be called exactly once.
  func finish() {
    pthread_mutex_lock(mutex)
    isFinishing = true
    pthread_cond_signal(changed)
    pthread_mutex_unlock(mutex)
    pthread_join(thread, nil)
  }

  private func run() {
    while let batch = nextBatch() {
      process(batch)
      pthread_mutex_lock(mutex)
      empty.append(batch)
      pthread_cond_signal(changed)
      pthread_mutex_unlock(mutex)
    }
  }

  /// The next batch to process, or nil when there will not be any.
  private func nextBatch() -> FSTBatch? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while full.isEmpty && !isFinishing { pthread_cond_wait(changed, mutex) }
    return full.isEmpty ? nil : full.removeFirst()
  }
}
