/// Numbers of the FST format, as GTKWave's manual and the header `fstapi.h` define them. All words are big-endian.
///
/// A file is a sequence of blocks: a type byte, the length of the rest including these eight length bytes, contents.
/// This writer emits HDR, GEOM and HIER once, then one VCDATA block per section of simulated time.
enum FSTFormat {
  enum Block {
    /// HDR: times, counts, time scale, texts.
    static let header: UInt8 = 0
    /// BLACKOUT: when values were not recorded.
    static let blackout: UInt8 = 2
    /// GEOM: the width of each signal.
    static let geometry: UInt8 = 3
    /// HIER_LZ4: scopes and variables.
    static let hierarchy: UInt8 = 6
    /// VCDATA_DYN_ALIAS2: value changes.
    static let valueChanges: UInt8 = 8
    /// SKIP: a block that is still being written; readers stop before it.
    static let skip: UInt8 = 255
  }

  enum Hierarchy {
    static let attributeBegin: UInt8 = 252
    static let scope: UInt8 = 254
    static let upscope: UInt8 = 255
    /// FST_VT_VCD_EVENT.
    static let eventVariable: UInt8 = 0
    /// FST_VT_VCD_REAL.
    static let realVariable: UInt8 = 3
    /// FST_VT_VCD_REG.
    static let regVariable: UInt8 = 5
    /// FST_VT_GEN_STRING.
    static let textVariable: UInt8 = 21
    /// FST_AT_MISC.
    static let miscAttribute: UInt8 = 0
    /// FST_MT_COMMENT.
    static let comment: UInt8 = 0
    /// FST_MT_PATHNAME: numbers the path of a source file.
    static let pathName: UInt8 = 3
    /// FST_MT_SOURCESTEM: refers to such a number.
    static let sourceStem: UInt8 = 4
    /// FST_MT_ENUMTABLE.
    static let enumTable: UInt8 = 7
  }

  /// Bytes of the HDR block after its type byte.
  static let headerLength: UInt64 = 329
  static let writerTextSize = 128
  static let dateTextSize = 119
  /// Readers find the byte order of real values by this number, stored in the writer's own order.
  static let endianTest = 2.7182818284590452354
  /// One time unit is 10^-12 s.
  static let timescaleExponent: Int8 = -12
  /// Chains are packed by LZ4.
  static let lz4Pack = UInt8(ascii: "4")
  /// Chains are packed by zlib.
  static let zlibPack = UInt8(ascii: "Z")
}
