import PCIe
import Testing

/// Headers worked out by hand from the figures of PCI Express Base Specification 2.2.7 to 2.2.9.
@Suite struct HeaderBytesTests {
  @Test func memoryReadBelow4GiBHasThreeDwords() {
    let packet = TLP.memoryRead(address: 0x1234_5678, length: 64, tag: 0x2a, requester: requester)
    #expect(packet.header.bytes == [0x00, 0, 0, 0x10, 0x01, 0x13, 0x2a, 0xff, 0x12, 0x34, 0x56, 0x78])
    #expect(packet.wireBytes == 12)
  }

  @Test func memoryReadFrom4GiBHasFourDwords() {
    let packet = TLP.memoryRead(address: 0x1_0000_0000, length: 4, tag: 0, requester: requester)
    #expect(packet.header.bytes == [0x20, 0, 0, 1, 0x01, 0x13, 0, 0x0f, 0, 0, 0, 1, 0, 0, 0, 0])
    #expect(packet.wireBytes == 16)
    #expect(TLP.memoryRead(address: 0xffff_fffc, length: 4, tag: 0, requester: requester).header.dwordCount == 3)
  }

  @Test func tenBitTagUsesT9AndT8() {
    let packet = TLP.memoryRead(address: 0, length: 4, tag: 0x3ff, requester: requester)
    #expect(packet.header.bytes == [0x00, 0x88, 0, 1, 0x01, 0x13, 0xff, 0x0f, 0, 0, 0, 0])
    #expect(TLP.memoryRead(address: 0, length: 4, tag: 0x100, requester: requester).header.bytes[1] == 0x08)
    #expect(TLP.memoryRead(address: 0, length: 4, tag: 0x200, requester: requester).header.bytes[1] == 0x80)
  }

  @Test func length1024IsWrittenAsZero() {
    let packet = TLP.memoryRead(address: 0x1000, length: 4096, tag: 0, requester: requester)
    #expect(packet.header.bytes[2...3] == [0, 0])
  }

  @Test func attributesHaveTheirPlaces() {
    var header = TLPHeader.memoryRead(address: 0, length: 4, tag: 0, requester: requester)
    header.attributes = [.idBasedOrdering]
    #expect(header.encoded().bytes[1...2] == [0x04, 0x00])
    header.attributes = [.relaxedOrdering]
    #expect(header.encoded().bytes[1...2] == [0x00, 0x20])
    header.attributes = [.noSnoop]
    #expect(header.encoded().bytes[1...2] == [0x00, 0x10])
    header.attributes = []
    header.trafficClass = 5
    header.digest = true
    header.poisoned = true
    header.addressType = .translated
    #expect(header.encoded().bytes[1...3] == [0x50, 0xc8, 0x01])
  }

  @Test func digestAddsFourBytes() {
    var header = TLPHeader.memoryRead(address: 0, length: 4, tag: 0, requester: requester)
    header.digest = true
    #expect(TLP(header).wireBytes == 16)
  }

  @Test func memoryWriteOfBytesIsPadded() {
    let packet = TLP.memoryWrite(address: 0x1001, data: [0xaa, 0xbb, 0xcc, 0xdd], requester: requester)
    #expect(packet.header.bytes == [0x40, 0, 0, 2, 0x01, 0x13, 0, 0x1e, 0, 0, 0x10, 0])
    #expect(packet.payload == [0, 0xaa, 0xbb, 0xcc, 0xdd, 0, 0, 0])
    #expect(packet.wireBytes == 20)
  }

  @Test func memoryWriteInOneDwordMergesEnables() {
    let packet = TLP.memoryWrite(address: 0x8_0000_0002, data: [0x55], requester: requester)
    #expect(packet.header.bytes == [0x60, 0, 0, 1, 0x01, 0x13, 0, 0x04, 0, 0, 0, 8, 0, 0, 0, 0])
    #expect(packet.payload == [0, 0, 0x55, 0])
  }

  @Test func zeroLengthReadAndWrite() {
    let read = TLP.memoryRead(address: 0x2003, length: 0, tag: 1, requester: requester)
    #expect(read.header.bytes == [0, 0, 0, 1, 0x01, 0x13, 1, 0x00, 0, 0, 0x20, 0])
    let write = TLP.memoryWrite(address: 0x2000, data: [], requester: requester)
    #expect(write.header.bytes[3] == 1 && write.header.bytes[7] == 0)
    #expect(write.payload == [0, 0, 0, 0])
  }

  @Test func configRequests() {
    let target = DeviceID(bus: 0xbb, device: 0x1f, function: 7)
    let read = TLP.configRead(target: target, register: 0x3ff, tag: 7, requester: requester)
    #expect(read.header.bytes == [0x04, 0, 0, 1, 0x01, 0x13, 7, 0x0f, 0xbb, 0xff, 0x0f, 0xfc])
    let write = TLP.configWrite(
      target: target, register: 0x40, value: 0x4433_2211, byteEnable: 0x3, tag: 7, requester: requester)
    #expect(write.header.bytes == [0x44, 0, 0, 1, 0x01, 0x13, 7, 0x03, 0xbb, 0xff, 0x01, 0x00])
    #expect(write.payload == [0x11, 0x22, 0x33, 0x44])
    #expect(write.payloadDword(0) == 0x4433_2211)
    let viaBridge = TLP.configRead(target: target, register: 0, tag: 7, requester: requester, isType1: true)
    #expect(viaBridge.header.bytes[0] == 0x05)
  }

  @Test func completionWithData() {
    let request = TLPHeader.memoryRead(address: 0x1045, length: 6, tag: 0x9c, requester: requester)
    let packet = TLP.completionData(for: request, payload: [UInt8](repeating: 7, count: 8), completer: completer)
    #expect(packet.header.bytes == [0x4a, 0, 0, 2, 0x04, 0x2e, 0x00, 0x06, 0x01, 0x13, 0x9c, 0x45])
    #expect(packet.wireBytes == 20)
  }

  @Test func completionOf4096BytesWritesZeroByteCount() {
    let request = TLPHeader.memoryRead(address: 0, length: 4096, tag: 0, requester: requester)
    let header = TLPHeader.completionData(for: request, completer: completer)
    #expect(header.encoded().bytes[6...7] == [0, 0])
  }

  @Test func completionOfConfigWriteHasByteCount4() {
    let request = TLPHeader.configWrite(target: completer, register: 1, tag: 3, requester: requester)
    let packet = TLP.completion(for: request, status: .successful, completer: completer)
    #expect(packet.header.bytes == [0x0a, 0, 0, 0, 0x04, 0x2e, 0x00, 0x04, 0x01, 0x13, 3, 0x00])
  }

  @Test(arguments: [
    (CompletionStatus.unsupportedRequest, UInt8(0x20)), (.configurationRetry, 0x40),
    (.completerAbort, 0x80),
  ])
  func failedCompletion(status: CompletionStatus, byte: UInt8) {
    let request = TLPHeader.memoryRead(address: 0x1045, length: 6, tag: 0x9c, requester: requester)
    let header = TLPHeader.completion(for: request, status: status, completer: completer)
    #expect(header.encoded().bytes == [0x0a, 0, 0, 0, 0x04, 0x2e, byte, 0x06, 0x01, 0x13, 0x9c, 0x45])
  }

  @Test func failureHalfWayCountsTheRest() {
    let request = TLPHeader.memoryRead(address: 0x1010, length: 256, tag: 0, requester: requester)
    let header = TLPHeader.completion(for: request, status: .completerAbort, completer: completer, byteCount: 144)
    #expect(header.byteCount == 144)
    #expect(header.lowerAddress == 0x00)
  }

  @Test func messages() {
    let assert = TLP.message(.assertINTA, routing: .local, requester: requester)
    #expect(assert.header.bytes == [0x34, 0, 0, 0, 0x01, 0x13, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0])
    let error = TLP.message(.errorNonFatal, routing: .toRootComplex, requester: requester)
    #expect(error.header.bytes[0] == 0x30 && error.header.bytes[7] == 0x31)
    var vendor = TLPHeader.message(.vendorDefined1, routing: .byID, requester: requester)
    vendor.target = DeviceID(rawValue: 0xabcd)
    vendor.messageFields = 0x1de5_1122_3344
    #expect(vendor.encoded().bytes[8...] == [0xab, 0xcd, 0x1d, 0xe5, 0x11, 0x22, 0x33, 0x44])
    #expect(vendor.encoded().byte0 == 0x32)
  }

  @Test func steeringTagTakesByteEnablesOfReadAndTagOfWrite() throws {
    var read = TLPHeader.memoryRead(address: 0x100, length: 8, tag: 4, requester: requester)
    (read.hasProcessingHint, read.processingHint, read.steeringTag) = (true, 2, 0x5a)
    #expect(read.encoded().bytes == [0, 1, 0, 2, 0x01, 0x13, 4, 0x5a, 0, 0, 1, 2])
    #expect(try TLPHeader(decoding: read.encoded(), payloadBytes: 0) == read)
    var write = TLPHeader.memoryWrite(address: 0x100, length: 8, requester: requester)
    (write.hasProcessingHint, write.processingHint, write.steeringTag) = (true, 1, 0x5a)
    #expect(write.encoded().bytes == [0x40, 1, 0, 2, 0x01, 0x13, 0x5a, 0xff, 0, 0, 1, 1])
  }

  @Test func atomicHasNoByteEnables() throws {
    var header = TLPHeader(.compareAndSwap)
    header.lengthDW = 4
    header.address = 0x1_0000_0008
    header.requesterID = requester
    header.tag = 9
    #expect(header.encoded().bytes == [0x6e, 0, 0, 4, 0x01, 0x13, 9, 0, 0, 0, 0, 1, 0, 0, 0, 8])
    let answer = TLPHeader.completionData(for: header, completer: completer)
    #expect(answer.lengthDW == 2 && answer.byteCount == 8 && answer.lowerAddress == 0)
  }

  @Test func rawHeaderReadsItsBytes() {
    let header = TLP.memoryRead(address: 0x1_2345_0000, length: 32, tag: 0x155, requester: requester).header
    #expect(RawHeader(bytes: header.bytes) == header)
    #expect(header.description == "20080008 011355ff 00000001 23450000")
    #expect(header.lengthDW == 8 && header.type == .memoryRead)
    let short = TLP.memoryWrite(address: 0x1000, data: [1, 2, 3, 4], requester: requester)
    #expect(RawHeader(bytes: short.bytes) == short.header)
  }

  @Test func alignedPayloadIsShared() {
    let data = [UInt8](repeating: 1, count: 256)
    let packet = TLP.memoryWrite(address: 0x1000, data: data, requester: requester)
    let original = data.withUnsafeBufferPointer { $0.baseAddress }
    #expect(packet.payload.withUnsafeBufferPointer { $0.baseAddress } == original)
    #expect(packet.dataCredits == 16)
  }

  @Test func deviceIDReadsLikeLspci() {
    #expect(requester.description == "01:02.3")
    #expect(DeviceID(rawValue: 0xbbff).description == "bb:1f.7")
    #expect(requester.rawValue == 0x0113 && (completer.bus, completer.device, completer.function) == (4, 5, 6))
  }
}
