import Glibc

/// One background thread that takes batches in order while the caller fills the next one.
///
/// The number of batches is fixed: a caller that is faster than the thread waits, so memory stays bounded. Who waits is
/// woken only when there is work, or room, for a while: waking somebody for every batch costs more than it brings.
final class BatchPipeline: @unchecked Sendable {
  private let process: @Sendable (FSTBatch) -> Void
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let hasWork = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let hasRoom = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Batches of work or room for which a sleeper is woken.
  private let wakeCount: Int
  /// Batches besides the one that the caller fills.
  private let batchCount: Int
  private var thread = pthread_t()
  // Guarded by the mutex:
  private var full: [FSTBatch] = []
  private var empty: [FSTBatch]
  private var isFinishing = false
  private var isDraining = false
  private var isCallerWaiting = false

  /// Starts the thread; `spare` are the batches besides the one that the caller fills, at least one.
  init(spare: [FSTBatch], process: @escaping @Sendable (FSTBatch) -> Void) {
    self.process = process
    empty = spare
    wakeCount = max(1, min(4, spare.count / 2))
    batchCount = spare.count
    full.reserveCapacity(spare.count + 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(hasWork, nil)
    pthread_cond_init(hasRoom, nil)
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<BatchPipeline>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "cannot start the waveform thread: \(String(cString: strerror(status)))")
  }

  deinit {
    pthread_cond_destroy(hasWork)
    pthread_cond_destroy(hasRoom)
    pthread_mutex_destroy(mutex)
    hasWork.deallocate()
    hasRoom.deallocate()
    mutex.deallocate()
  }

  /// Hands `batch` over and returns an empty one, as soon as there is one.
  func exchange(_ batch: FSTBatch) -> FSTBatch {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    full.append(batch)
    if full.count >= wakeCount { pthread_cond_signal(hasWork) }
    while empty.isEmpty {
      isCallerWaiting = true
      pthread_cond_wait(hasRoom, mutex)
    }
    isCallerWaiting = false
    return empty.removeLast()
  }

  /// Waits until all batches are processed.
  func drain() {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    isDraining = true
    while empty.count < batchCount {
      pthread_cond_signal(hasWork)
      isCallerWaiting = true
      pthread_cond_wait(hasRoom, mutex)
    }
    (isDraining, isCallerWaiting) = (false, false)
  }

  /// Waits until all batches are processed and ends the thread. Must be called exactly once.
  func finish() {
    pthread_mutex_lock(mutex)
    isFinishing = true
    pthread_cond_signal(hasWork)
    pthread_mutex_unlock(mutex)
    pthread_join(thread, nil)
  }

  private func run() {
    while let batch = nextBatch() {
      process(batch)
      pthread_mutex_lock(mutex)
      empty.append(batch)
      if isCallerWaiting && (empty.count >= wakeCount || full.isEmpty) { pthread_cond_signal(hasRoom) }
      pthread_mutex_unlock(mutex)
    }
  }

  /// The next batch to process, or nil when there will not be any.
  private func nextBatch() -> FSTBatch? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if full.isEmpty {
      while full.count < wakeCount && !isFinishing && !(isDraining && !full.isEmpty) {
        pthread_cond_wait(hasWork, mutex)
      }
    }
    return full.isEmpty ? nil : full.removeFirst()
  }
}
