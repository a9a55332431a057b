/// Preference pairs in an HDF5 file, read by slices: memory does not grow with the file.
///
/// Two forms are read: the schema with prompts, responses and pairs that `PreferenceFileWriter` writes,
/// and a simple one with root datasets `chosen` and `rejected`, `[N, D]`. Everything but texts and
/// features is checked when the file is opened; those are checked when they are read. A class because
/// it owns the open file.
public final class PreferenceFile: PairSource {
  public let path: String
  /// How the slates are ordered that the rows are; nil where they are pairs or single completions.
  let slates: SlateForm?
  /// States and actions of the longest segment, 2·T + 1, where the rows are pairs of segments.
  let segmentWidth: Int?
  public let count: Int
  public let featureWidth: Int?
  public let hasTexts: Bool
  public let columns: Set<PairColumn>
  public let groupNames: [String]
  public let annotatorNames: [String]
  public let splits: [String: RowSet]
  /// What looks odd but is not an error, one sentence each.
  public let warnings: [String]
  let file: HDF5File
  let layout: PreferenceLayout
  /// See `PreferenceCheck`: what most files have in common, so that a batch needs fewer reads.
  let allPreferFirst: Bool
  let isInOrder: Bool
  public let isUnpaired: Bool
  public let textColumns: Set<PairColumn>
  /// The first rationale of each pair, −1 without one; empty if there are none.
  let rationales: [Int32]

  /// Opens and checks a file.
  ///
  /// - Parameter rows: which rows are read of a file that may have pairs as well as rankings of several responses.
  /// - Throws: `.missing` without such a file, `.invalid` with the dataset and row that is wrong.
  public init(path: String, rows: PreferenceRows = .automatic) throws(DataError) {
    self.path = path
    file = try HDF5File(path: path)
    var layout = try PreferenceLayout(file, rows: rows)
    groupNames = try file.names("group_names")
    annotatorNames = try file.names("annotator_names")
    var check = PreferenceCheck(file: file, layout: layout)
    try check.run(groups: groupNames.count, annotators: annotatorNames.count)
    splits = try check.splits()
    if case .responses = layout.sides, SlateLayout.isThere(DatasetFinder(file: file)) {
      // What is not read here must be sound, too.
      let other = try PreferenceLayout(file, rows: .slates)
      var further = PreferenceCheck(file: file, layout: other)
      try further.run(groups: groupNames.count, annotators: annotatorNames.count)
      _ = try further.splits()
    }
    slates = check.slates
    segmentWidth = check.segmentWidth
    layout.width = check.segmentWidth ?? layout.width
    self.layout = layout
    warnings = check.warnings
    allPreferFirst = check.allPreferFirst
    isInOrder = check.isInOrder
    isUnpaired = check.isUnpaired
    rationales = check.rationales
    var texts = Set(layout.texts.keys)
    if !rationales.isEmpty { texts.insert(.rationale) }
    if layout.promptB != nil { texts.insert(.rejectedPrompt) }
    let further = Set(check.slates?.further ?? [])
    if layout.responseTexts != nil { texts.formUnion(further) }
    textColumns = texts
    count = layout.count
    featureWidth = layout.width
    hasTexts = layout.responseTexts != nil
    var columns = check.columns
    if let slates = check.slates {
      columns.formUnion(slates.columns)
      if layout.width != nil { columns.formUnion(further) }
    }
    self.columns = columns
  }

  public var slateCount: Int? { slates?.most }

  public func width(of column: PairColumn) -> Int {
    if let width = layout.numbers[column]?.width ?? layout.derived[column]?.width { return width }
    guard let slates else { return 1 }
    return slates.further.contains(column) ? featureWidth ?? 1 : slates.width(of: column)
  }
}

/// Which rows are read of a preference file.
public enum PreferenceRows: Sendable {
  /// Pairs, or single completions; rankings where there are no pairs.
  case automatic
  /// Rankings of several responses where there are any.
  case slates
}
