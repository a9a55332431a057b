/// Where trajectory segments lie in a file, and the decision process they are of.
struct SegmentLayout: Sendable {
  /// s₀ … s_T of each segment.
  var states: PreferenceLayout.Ragged
  /// a₀ … a_{T−1}.
  var actions: PreferenceLayout.Ragged
  /// r₀ … r_{T−1}, where the file has them.
  var rewards: PreferenceLayout.Ragged?
  var count: Int { states.count }

  /// Steps of a segment at most, so that rows sharing one huge segment cannot fill the memory.
  static let maxSteps = 4096
  /// States and actions are below this: larger whole numbers are no floats of 32 bits.
  static let limit: Int64 = 1 << 24

  /// Ragged values that `PreferenceCheck` looks at.
  var all: [PreferenceLayout.Ragged] { [states, actions] + [rewards].compactMap(\.self) }

  /// Whether the sides of a file's pairs are segments.
  static func isTarget(_ finder: DatasetFinder) -> Bool {
    let catalogue = finder.file.catalogue
    let value = catalogue.attribute("target", of: "pairs") ?? catalogue.attribute("pairs/target")
    guard case .text(let bytes)? = value else { return false }
    return bytes.prefix { $0 != 0 }.elementsEqual("segments".utf8)
  }

  init(_ finder: DatasetFinder) throws(DataError) {
    states = try finder.integers("segments/states", count: nil)
    actions = try finder.integers("segments/actions", count: states.count)
    guard finder.file.catalogue.dataset("segments/rewards/values") != nil else { return }
    let values = try finder.require("segments/rewards/values")
    try finder.check(values, .numbers)
    guard values.extents.count == 1,
      let offsets = try finder.column(
        "segments/rewards/offsets", .integers, count: states.count + 1)
    else { throw finder.error("segments/rewards", "expected values and offsets") }
    rewards = PreferenceLayout.Ragged(values: values, offsets: offsets)
  }
}

extension HDF5File {
  /// Segments as rows of `width` numbers: state, action, state, …, state, then −1 to the end.
  ///
  /// - Throws: for what is no segment, with its place.
  func segments(
    _ order: HDF5RowOrder, of layout: SegmentLayout, width: Int
  ) throws(DataError) -> [Float] {
    let most = SegmentLayout.maxSteps
    let states = try ranges(order, of: layout.states, most: most + 1, "states")
    let actions = try ranges(order, of: layout.actions, most: most, "actions")
    var result: [Float] = []
    result.reserveCapacity(order.rows.count * width)
    let passed = try integers(
      .order(HDF5RowOrder(states.flatMap { Array($0) })), of: layout.states.values)
    let chosen = try integers(
      .order(HDF5RowOrder(actions.flatMap { Array($0) })), of: layout.actions.values)
    var (state, action) = (0, 0)
    for index in order.rows.indices {
      let steps = actions[index].count
      guard steps > 0, states[index].count == steps + 1, 2 * steps + 1 <= width else {
        throw DataError(
          .invalid, file: path, place: "\(layout.actions.offsets.path) row \(order.rows[index])",
          "expected one action fewer than the \(states[index].count) states, found \(steps)")
      }
      for step in 0...steps {
        result.append(Float(passed[state + step]))
        if step < steps { result.append(Float(chosen[action + step])) }
      }
      result += repeatElement(-1, count: width - 2 * steps - 1)
      state += steps + 1
      action += steps
    }
    return result
  }
}

extension PreferenceFile {
  /// Chosen and rejected segment of each pair, alternating.
  func segmentSides(
    _ order: HDF5RowOrder, _ orientation: Orientation, _ a: HDF5Dataset, _ b: HDF5Dataset,
    _ segments: SegmentLayout
  ) throws(DataError) -> HDF5RowOrder {
    let first = try file.integers(.order(order), of: a)
    let second = try file.integers(.order(order), of: b)
    var sides: [Int] = []
    for pair in first.indices {
      let isSwapped = orientation.isSwapped(pair)
      for index in isSwapped ? [second[pair], first[pair]] : [first[pair], second[pair]] {
        guard index >= 0, index < Int64(segments.count) else {
          throw error(a, order.rows[pair], "the file changed while it was being read")
        }
        sides.append(Int(index))
      }
    }
    return HDF5RowOrder(sides)
  }
}
