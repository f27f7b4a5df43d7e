import Glibc

/// One background thread that takes batches in order while the caller fills the next one.
///
/// The number of batches is fixed: a caller that is faster than the thread waits, so memory stays bounded. It also waits
/// when full batches hold more than stays in the caches, since reading them from memory costs both more than waiting. Who
/// waits is woken only when there is work, or room, for a while: waking somebody for every batch costs more than it brings.
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
  /// Of the batches that are full or being processed.
  private var fullBytes = 0
  private var isFinishing = false
  private var isCallerWaiting = false

  /// What a few processors' second-level caches have.
  private static let bytesLimit = 3 << 20

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
    fullBytes += batch.changeBytes
    if full.count >= wakeCount { pthread_cond_signal(hasWork) }
    if empty.isEmpty || fullBytes > Self.bytesLimit && full.count > 1 {
      waitForRoom { !empty.isEmpty && isWithinCaches }
    }
    return empty.removeLast()
  }

  /// Waits until all batches are processed.
  func drain() {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    waitForRoom { empty.count == batchCount }
  }

  /// Whether there is room for a while; a large batch may always wait while another one is processed.
  private var isWithinCaches: Bool { fullBytes <= Self.bytesLimit / 2 || full.count <= 1 }

  /// Lets the thread work until there is as much room as `isEnough` asks for. The mutex is locked.
  private func waitForRoom(_ isEnough: () -> Bool) {
    isCallerWaiting = true
    while !isEnough() {
      pthread_cond_signal(hasWork)
      pthread_cond_wait(hasRoom, mutex)
    }
    isCallerWaiting = false
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
      let bytes = batch.changeBytes
      process(batch)
      pthread_mutex_lock(mutex)
      empty.append(batch)
      fullBytes -= bytes
      let isRoom = empty.count >= wakeCount && isWithinCaches
      if isCallerWaiting && (isRoom || full.isEmpty) { pthread_cond_signal(hasRoom) }
      pthread_mutex_unlock(mutex)
    }
  }

  /// The next batch to process, or nil when there will not be any.
  private func nextBatch() -> FSTBatch? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if full.isEmpty {
      while full.count < wakeCount && !isFinishing && !(isCallerWaiting && !full.isEmpty) {
        pthread_cond_wait(hasWork, mutex)
      }
    }
    return full.isEmpty ? nil : full.removeFirst()
  }
}
