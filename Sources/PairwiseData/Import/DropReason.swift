/// Why a row of a file was not imported.
public enum DropReason: String, Sendable, CaseIterable, Hashable {
  case lineTooLong = "line too long"
  case malformed = "malformed row"
  case notAPair = "not a preference pair"
  case otherShape = "shape differs from the first row"
  case invalidValue = "invalid value"
  case missingColumn = "column missing"
  case emptyCompletion = "empty completion"
  case identicalCompletions = "identical completions"

  /// False for rows that are well formed but carry nothing to learn: those never fail an import.
  var isInvalid: Bool { self != .emptyCompletion && self != .identicalCompletions }
}

/// What is wrong with one row.
struct RowError: Error, Equatable {
  var reason: DropReason
  /// Line of the file, from 1.
  var line: Int
  /// Byte of the line or name of the column, where known.
  var column: Column?
  /// What was found and expected: lower case, no full stop.
  var message: String

  enum Column: Equatable {
    case byte(Int)
    case name(String)
  }

  init(_ reason: DropReason, line: Int, column: Column? = nil, _ message: String) {
    self.reason = reason
    self.line = line
    self.column = column
    self.message = message
  }

  func dataError(file: String) -> DataError {
    let place =
      switch column {
      case .byte(let byte): "line \(line), column \(byte)"
      case .name(let name): "line \(line), column \(name)"
      case nil: "line \(line)"
      }
    return DataError(.invalid, file: file, place: place, message)
  }
}

/// One row as a reader hands it over.
enum RowOutcome {
  /// A record, with remarks for the ledger's warnings.
  case record(PreferenceRecord, remarks: [String])
  case refused(RowError)
}

/// Rows of one file, front to back.
protocol RecordReader: ~Copyable {
  /// What all rows look like, once the first one is read.
  var shapeDescription: String? { get }
  /// The next row; nil at the end. Throws only if the file itself cannot be read on.
  mutating func next() throws(DataError) -> RowOutcome?
}
