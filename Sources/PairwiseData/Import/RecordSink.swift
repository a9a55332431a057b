/// Somewhere records go one by one: a file being written, or a list in memory.
public protocol RecordSink {
  /// Takes one more record. Throws if it cannot be stored.
  mutating func append(_ record: PreferenceRecord) throws(DataError)
}

/// Records in memory, in the order they came.
public struct RecordList: RecordSink, Sendable {
  public private(set) var records: [PreferenceRecord] = []

  public init() {}

  public mutating func append(_ record: PreferenceRecord) throws(DataError) {
    records.append(record)
  }
}
