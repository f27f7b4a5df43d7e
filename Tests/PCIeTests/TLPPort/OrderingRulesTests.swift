import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// The ordering table, cell by cell (PCI Express Base Specification 2.4.1, table 2-40). Rows are the later packet,
/// columns the earlier one.
@Suite("2.4.1 Ordering table") struct OrderingRulesTests {
  /// A packet of a row, from one of two functions.
  enum Row: CaseIterable {
    /// A: posted requests.
    case write, message
    /// B: non-posted requests without data.
    case read, configRead
    /// C: non-posted requests with data.
    case atomic, configWrite
    /// D: completions.
    case completion, completionWithData

    func packet(from sender: DeviceID, attributes: TLPAttributes = [], tag: UInt16 = 0) -> RawHeader {
      var header = TLPHeader(type)
      (header.requesterID, header.completerID) = (sender, sender)
      (header.attributes, header.tag, header.lengthDW, header.byteCount) = (attributes, tag, 1, 4)
      if type.isCompletion { header.requesterID = DeviceID(rawValue: 0) }
      return header.encoded()
    }

    private var type: TLPType {
      switch self {
      case .write: .memoryWrite
      case .message: .message
      case .read: .memoryRead
      case .configRead: .configRead0
      case .atomic: .swap
      case .configWrite: .configWrite0
      case .completion: .completion
      case .completionWithData: .completionData
      }
    }

    var isPosted: Bool { self == .write || self == .message }
    var isRequestWithoutData: Bool { self == .read || self == .configRead }
    var isCompletion: Bool { self == .completion || self == .completionWithData }
  }

  static let posted = Row.allCases.filter(\.isPosted)
  static let nonPosted = Row.allCases.filter { !$0.isPosted && !$0.isCompletion }
  static let completions = Row.allCases.filter(\.isCompletion)
  static let attributes: [TLPAttributes] = [
    [], .noSnoop, .relaxedOrdering, .idBasedOrdering, [.relaxedOrdering, .idBasedOrdering],
  ]

  private func passing(
    _ row: Row, _ attributes: TLPAttributes = [], from sender: DeviceID = requester, over column: Row,
    _ earlier: TLPAttributes = [], laterTag: UInt16 = 1
  ) -> OrderingRules.Passing {
    OrderingRules.passing(
      row.packet(from: sender, attributes: attributes, tag: laterTag),
      column.packet(from: requester, attributes: earlier, tag: 0))
  }

  /// A2a, B2a, C2a, D2a: without an attribute nothing passes a posted request, not even one of another function; what
  /// the posted request itself allows does not count.
  @Test(arguments: Row.allCases, posted) func nothingPassesAPostedRequest(row: Row, column: Row) {
    for earlier in Self.attributes {
      #expect(passing(row, over: column, earlier) == .forbidden)
      #expect(passing(row, .noSnoop, from: completer, over: column, earlier) == .forbidden)
    }
  }

  /// A2b, C2b, D2b: Relaxed Ordering lets posted requests, requests with data and completions pass; B2 does not know
  /// it.
  @Test(arguments: Row.allCases, posted) func relaxedOrderingPassesPostedRequests(row: Row, column: Row) {
    #expect(
      passing(row, .relaxedOrdering, over: column) == (row.isRequestWithoutData ? .forbidden : .allowed))
  }

  /// A2b, B2b, C2b, D2b: ID-based Ordering lets packets of another function pass: by Requester ID, of a completion by
  /// Completer ID.
  @Test(arguments: Row.allCases, posted) func idBasedOrderingPassesPostedRequestsOfOthers(row: Row, column: Row) {
    #expect(passing(row, .idBasedOrdering, from: completer, over: column) == .allowed)
    #expect(passing(row, .idBasedOrdering, from: requester, over: column) == .forbidden)
  }

  /// With both attributes either of them is enough.
  @Test(arguments: Row.allCases, posted) func eitherAttributeIsEnough(row: Row, column: Row) {
    let both: TLPAttributes = [.relaxedOrdering, .idBasedOrdering]
    #expect(passing(row, both, from: completer, over: column) == .allowed)
    #expect(passing(row, both, over: column) == (row.isRequestWithoutData ? .forbidden : .allowed))
  }

  /// A3, A4, D3, D4: posted requests and completions must be able to pass non-posted ones, whatever their attributes.
  @Test(arguments: posted + completions, nonPosted) func nonPostedRequestsAreToBePassed(row: Row, column: Row) {
    for later in Self.attributes {
      for earlier in Self.attributes { #expect(passing(row, later, over: column, earlier) == .required) }
    }
  }

  /// B3, B4, C3, C4: non-posted requests may pass each other. B5, C5: and completions.
  @Test(arguments: nonPosted, nonPosted + completions) func nonPostedRequestsMayPass(row: Row, column: Row) {
    for later in Self.attributes { #expect(passing(row, later, over: column) == .allowed) }
  }

  /// A5a: posted requests may pass completions. A5b is about bridges to conventional PCI.
  @Test(arguments: posted, completions) func postedRequestsMayPassCompletions(row: Row, column: Row) {
    for later in Self.attributes { #expect(passing(row, later, over: column) == .allowed) }
  }

  /// D5a: completions of different transactions may pass each other. D5b: those of one transaction stay in order.
  @Test(arguments: completions, completions) func completionsOfOneTransactionStayInOrder(row: Row, column: Row) {
    for later in Self.attributes {
      #expect(passing(row, later, over: column, laterTag: 0) == .forbidden)
      // A tag of ten bits (2.2.6.2).
      for tag in [1, 0x80, 0x100, 0x200] as [UInt16] {
        #expect(passing(row, later, over: column, laterTag: tag) == .allowed)
      }
    }
  }

  /// The class comes from Fmt and Type; reserved encodings count as posted.
  @Test func everyEncodingHasItsClass() {
    for byte0 in UInt8.min...UInt8.max {
      let header = RawHeader(dwords: [UInt32(byte0) << 24, 0, 0, 0])
      #expect(header.flowClass == header.type?.flowClass ?? .posted, "byte 0 \(String(byte0, radix: 16))")
    }
  }

  /// Transaction and sender are those of the decoded header.
  @Test func rawFieldsEqualDecodedOnes() throws {
    var header = TLPHeader(.completionData)
    (header.lengthDW, header.byteCount) = (1, 4)
    for tag in 0..<1024 as Range<UInt16> {
      (header.tag, header.requesterID, header.completerID) = (tag, requester, completer)
      let raw = header.encoded()
      #expect(raw.transaction == UInt32(requester.rawValue) << 16 | UInt32(tag) && raw.sender == completer.rawValue)
    }
  }
}
