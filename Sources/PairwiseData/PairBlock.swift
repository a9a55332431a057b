public import PairwiseTensor

/// Texts of n pairs as UTF-8 slices of one buffer: no string is made until somebody wants one.
public struct PairTexts: Sendable {
  /// Bytes of all texts.
  public var bytes: [UInt8]
  /// 3·n + 1 offsets: prompt, chosen, rejected of pair 0, then of pair 1, …
  public var offsets: [Int]

  public init(bytes: [UInt8] = [], offsets: [Int] = [0]) {
    self.bytes = bytes
    self.offsets = offsets
  }

  public var count: Int { (offsets.count - 1) / 3 }

  public mutating func append(
    prompt: some Sequence<UInt8>, chosen: some Sequence<UInt8>, rejected: some Sequence<UInt8>
  ) {
    bytes.append(contentsOf: prompt)
    offsets.append(bytes.count)
    bytes.append(contentsOf: chosen)
    offsets.append(bytes.count)
    bytes.append(contentsOf: rejected)
    offsets.append(bytes.count)
  }

  public func prompt(_ pair: Int) -> ArraySlice<UInt8> { slice(3 * pair) }
  public func chosen(_ pair: Int) -> ArraySlice<UInt8> { slice(3 * pair + 1) }
  public func rejected(_ pair: Int) -> ArraySlice<UInt8> { slice(3 * pair + 2) }

  private func slice(_ index: Int) -> ArraySlice<UInt8> {
    bytes[offsets[index]..<offsets[index + 1]]
  }
}

/// Some pairs, read and checked: columns of equal length, oriented so that `chosen` is preferred.
public struct PairBlock: Sendable {
  /// Row of each pair in its source.
  public var rows: [Int]
  /// `[2n, D]`: chosen features of pair i in row 2i, rejected in row 2i + 1. Nil without features.
  public var features: Tensor?
  /// Nil without texts, or when they were not asked for. A conversation is here as the one text that
  /// `PreferenceText.text` makes of it.
  public var texts: PairTexts?
  /// The same for conversations as they are: JSON lists of `{"role", "content"}`, empty where a text is
  /// plain. Nil if no text of the block is a conversation, or when they were not asked for.
  public var messages: PairTexts?
  /// Each of n texts; only columns that were asked for and that the source has.
  public var textColumns: [PairColumn: TextColumn] = [:]
  /// Each `[n]`, or `[n, K]` row by row for a column of K numbers a pair; only columns that were asked for
  /// and that the source has. NaN where a row lacks the column.
  public var columns: [PairColumn: [Float]]
  /// Pairs of the block (0…n−1, ascending) in which neither side is preferred. Their
  /// `labelProbability` is 0.5; which side is called chosen means nothing.
  public var ties: [Int]
  /// Whether each row is a single completion that was judged alone: `chosen` in the texts, beside an empty
  /// `rejected`.
  public var isUnpaired = false
  /// Pairs of the block (ascending) that nobody has judged; empty unless they were allowed.
  public var unlabelled: [Int]

  public init(
    rows: [Int], features: Tensor? = nil, texts: PairTexts? = nil, messages: PairTexts? = nil,
    columns: [PairColumn: [Float]] = [:], ties: [Int] = [], unlabelled: [Int] = []
  ) {
    self.rows = rows
    self.features = features
    self.texts = texts
    self.messages = messages
    self.columns = columns
    self.ties = ties
    self.unlabelled = unlabelled
  }

  public var count: Int { rows.count }

  /// The K numbers of one pair in a column; nil without the column.
  func numbers(_ column: PairColumn, of pair: Int) -> ArraySlice<Float>? {
    guard let values = columns[column], count > 0 else { return nil }
    let width = values.count / count
    return values[pair * width..<(pair + 1) * width]
  }
}

/// What a reader should fetch, so that nothing else is read.
public struct PairNeeds: Sendable, Equatable {
  public var features: Bool
  public var texts: Bool
  /// Whether conversations are wanted as such, beside `texts`.
  public var messages: Bool
  public var columns: Set<PairColumn>
  /// Columns of texts.
  public var textColumns: Set<PairColumn> = []
  /// Whether pairs without a judgement may be read (to score them) or are an error (to train on).
  public var allowsUnlabelled: Bool

  public init(
    features: Bool = false, texts: Bool = false, messages: Bool = false,
    columns: Set<PairColumn> = [], textColumns: Set<PairColumn> = [],
    allowsUnlabelled: Bool = false
  ) {
    self.textColumns = textColumns
    self.features = features
    self.texts = texts
    self.messages = messages
    self.columns = columns
    self.allowsUnlabelled = allowsUnlabelled
  }
}

/// Rows of a source that belong to one split: a range, or a list of row numbers.
public enum RowSet: Sendable, Equatable {
  case range(Range<Int>)
  case list([Int32])

  public var count: Int {
    switch self {
    case .range(let range): range.count
    case .list(let rows): rows.count
    }
  }

  public subscript(position: Int) -> Int {
    switch self {
    case .range(let range): range.lowerBound + position
    case .list(let rows): Int(rows[position])
    }
  }
}

/// Random access to preference pairs: an HDF5 file, or pairs in memory.
public protocol PairSource: Sendable {
  /// Number of pairs.
  var count: Int { get }
  /// Whether its rows are single completions, each judged alone, instead of pairs.
  var isUnpaired: Bool { get }
  /// Completions of the largest slate, where rows rank several; nil where they are pairs or single completions.
  var slateCount: Int? { get }
  /// D, or nil without dense features.
  var featureWidth: Int? { get }
  var hasTexts: Bool { get }
  var columns: Set<PairColumn> { get }
  /// Columns of texts beside the prompt and the completions.
  var textColumns: Set<PairColumn> { get }
  /// K, the numbers of a pair in a column.
  func width(of column: PairColumn) -> Int
  var groupNames: [String] { get }
  var annotatorNames: [String] { get }
  /// Named splits the source defines (`train`, `validation`, `test`, …).
  var splits: [String: RowSet] { get }
  /// Reads the given rows, in the given order. Any order is allowed; sorted runs are fastest.
  func read(_ rows: [Int], _ needs: PairNeeds) throws(DataError) -> PairBlock
}

extension PairSource {
  public var textColumns: Set<PairColumn> { [] }
  public var isUnpaired: Bool { false }
  public var slateCount: Int? { nil }
  public func width(of column: PairColumn) -> Int { 1 }
}
