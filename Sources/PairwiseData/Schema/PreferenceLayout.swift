/// Which datasets of a file hold what, each checked for type and length.
struct PreferenceLayout: Sendable {
  /// Where the two sides of a pair come from.
  enum Sides: Sendable {
    /// Row i of one dataset against row i of the other, `[N, D]` each.
    case dense(chosen: HDF5Dataset, rejected: HDF5Dataset)
    /// Two indices into the responses.
    case responses(a: HDF5Dataset, b: HDF5Dataset)
    /// The first two of several responses, best first.
    case slates(SlateLayout)
    /// Two indices into trajectory segments.
    case segments(a: HDF5Dataset, b: HDF5Dataset, SegmentLayout)
  }

  /// Ragged values: row i is `values[offsets[i]..<offsets[i + 1]]`.
  struct Ragged: Sendable {
    var values: HDF5Dataset
    var offsets: HDF5Dataset
    var count: Int { offsets.rows - 1 }
  }

  var count: Int
  var sides: Sides
  /// `[N_r, D]`, with sides from responses only.
  var features: HDF5Dataset?
  var width: Int?
  var label: HDF5Dataset?
  var labelProbability: HDF5Dataset?
  var margin: HDF5Dataset?
  var weight: HDF5Dataset?
  var group: HDF5Dataset?
  var annotator: HDF5Dataset?
  var flags: HDF5Dataset?
  var goldLabel: HDF5Dataset?
  var goldReward: HDF5Dataset?
  var prompt: HDF5Dataset?
  var promptB: HDF5Dataset?
  var responsePrompt: HDF5Dataset?
  var promptCount = 0
  var responseCount = 0
  var promptTexts: Ragged?
  var responseTexts: Ragged?
  var promptMessages: Ragged?
  var responseMessages: Ragged?
  var extra: Ragged?
  /// Columns of texts: `[N]` each.
  var texts: [PairColumn: Ragged] = [:]
  /// Reasons for pairs, and which pair each is for.
  var rationales: (pair: HDF5Dataset, texts: Ragged)?
  /// Columns of the data's own: numbers `[N]` or `[N, K]`.
  var numbers: [PairColumn: HDF5Dataset] = [:]
  /// Columns of numbers that lie elsewhere than with the pairs.
  var derived: [PairColumn: DerivedColumn] = [:]
  /// The context that each pair was judged in, −1 for none, and how many contexts there are, if that is known.
  var context: HDF5Dataset?
  var contextCount: Int?

  private var hasSlates: Bool { if case .slates = sides { true } else { false } }

  /// The group of the splits of the rows.
  var splitGroup: String { hasSlates ? "splits_rankings" : "splits" }

  /// What messages call a row.
  var rowWord: String { hasSlates ? "ranking" : "pair" }

  /// Ragged values of slates and segments.
  var integers: [Ragged] {
    switch sides {
    case .slates(let slates): [slates.items]
    case .segments(_, _, let segments): segments.all
    default: []
    }
  }
}

/// Finds datasets by path and checks what they are.
struct DatasetFinder {
  let file: HDF5File

  enum Kind {
    case integers, numbers

    var words: String { self == .integers ? "integers" : "numbers" }
  }

  func error(_ place: String?, _ message: String) -> DataError {
    DataError(.invalid, file: file.path, place: place, message)
  }

  func require(_ path: String) throws(DataError) -> HDF5Dataset {
    guard let dataset = file.catalogue.dataset(path) else {
      throw error(path, "no such dataset")
    }
    return dataset
  }

  /// A column `[count]`; nil if there is none.
  func column(
    _ path: String, _ kind: Kind, count: Int
  ) throws(DataError) -> HDF5Dataset? {
    guard let dataset = file.catalogue.dataset(path) else { return nil }
    try check(dataset, kind)
    guard dataset.extents == [count] else {
      throw error(path, "expected extents [\(count)], found \(dataset.shape)")
    }
    return dataset
  }

  func check(_ dataset: HDF5Dataset, _ kind: Kind) throws(DataError) {
    let fits = dataset.element.isInteger || kind == .numbers && dataset.element.isFloat
    guard fits else {
      throw error(dataset.path, "expected \(kind.words), found \(dataset.element.name)")
    }
  }

  /// Float rows `[count, D]`, or `[any, D]` without a count; D is 1…2^20.
  func matrix(_ path: String, rows: Int?) throws(DataError) -> HDF5Dataset? {
    guard let dataset = file.catalogue.dataset(path) else { return nil }
    guard dataset.element.isFloat else {
      throw error(path, "expected float32 or float64, found \(dataset.element.name)")
    }
    guard dataset.extents.count == 2 else {
      throw error(path, "expected 2 dimensions [rows, features], found \(dataset.shape)")
    }
    if let rows, dataset.rows != rows {
      throw error(path, "expected \(rows) rows, found \(dataset.shape)")
    }
    guard (1...(1 << 20)).contains(dataset.extents[1]) else {
      throw error(path, "expected 1 to 1048576 features, found \(dataset.shape)")
    }
    return dataset
  }

  /// `group/values` and `group/offsets` for rows of integers: `count` of them, or as many as there are.
  func integers(_ group: String, count: Int?) throws(DataError) -> PreferenceLayout.Ragged {
    let values = try require(group + "/values")
    try check(values, .integers)
    let offsets = try require(group + "/offsets")
    try check(offsets, .integers)
    for dataset in [values, offsets] where dataset.extents.count != 1 {
      throw error(dataset.path, "expected one dimension, found \(dataset.shape)")
    }
    let rows = count.map { $0 + 1 } ?? offsets.rows
    guard offsets.rows == rows, rows > 0, rows <= Int(Int32.max) else {
      throw error(offsets.path, "expected extents [\(max(1, rows))], found \(offsets.shape)")
    }
    return PreferenceLayout.Ragged(values: values, offsets: offsets)
  }

  /// `group/values` and `group/offsets` for `count` rows of bytes; nil if the group is not there.
  func bytes(_ group: String, count: Int) throws(DataError) -> PreferenceLayout.Ragged? {
    guard file.catalogue.groups.contains(group) else { return nil }
    let values = try require(group + "/values")
    guard values.element == .uint8, values.extents.count == 1 else {
      throw error(
        values.path, "expected uint8 [bytes], found \(values.element.name) \(values.shape)")
    }
    guard let offsets = try column(group + "/offsets", .integers, count: count + 1) else {
      throw error(group + "/offsets", "no such dataset")
    }
    return PreferenceLayout.Ragged(values: values, offsets: offsets)
  }
}
