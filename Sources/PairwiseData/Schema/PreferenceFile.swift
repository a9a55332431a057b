/// Preference pairs in an HDF5 file, read by slices: memory does not grow with the file.
///
/// Two forms are read: the schema with prompts, responses and pairs that `PreferenceFileWriter` writes,
/// and a simple one with root datasets `chosen` and `rejected`, `[N, D]`. Everything but texts and
/// features is checked when the file is opened; those are checked when they are read. A class because
/// it owns the open file.
public final class PreferenceFile: PairSource {
  public let path: String
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
  /// - Throws: `.missing` without such a file, `.invalid` with the dataset and row that is wrong.
  public init(path: String) throws(DataError) {
    self.path = path
    file = try HDF5File(path: path)
    layout = try PreferenceLayout(file)
    groupNames = try file.names("group_names")
    annotatorNames = try file.names("annotator_names")
    var check = PreferenceCheck(file: file, layout: layout)
    try check.run(groups: groupNames.count, annotators: annotatorNames.count)
    splits = try check.splits()
    warnings = check.warnings
    allPreferFirst = check.allPreferFirst
    isInOrder = check.isInOrder
    isUnpaired = check.isUnpaired
    rationales = check.rationales
    var texts = Set(layout.texts.keys)
    if !rationales.isEmpty { texts.insert(.rationale) }
    if layout.promptB != nil { texts.insert(.rejectedPrompt) }
    textColumns = texts
    count = layout.count
    featureWidth = layout.width
    hasTexts = layout.responseTexts != nil
    columns = check.columns
  }

  public func width(of column: PairColumn) -> Int { layout.numbers[column]?.width ?? 1 }
}
