internal import PairwiseData
internal import PairwiseTensor

/// Draws the pairs of every step by the shares of their groups.
///
/// A batch holds of each group its share of the batch size, rounded up or down so that the mean over steps is exact
/// (systematic sampling); within a group every pair comes once before any comes again, in an order drawn anew for
/// each pass.
struct GroupDraw: Sendable {
  /// Names of the groups that have pairs, sorted.
  let names: [String]
  /// Places of each group's pairs in the set.
  let members: [[Int32]]
  private let batchSize: Int
  private let seed: UInt64
  /// The pass that each group is in, and its order: drawn once a pass, not once a step.
  private var current: [(pass: Int, order: [Int32])]

  /// - Parameters:
  ///   - column: the column of names.
  ///   - path: what messages call the data.
  /// - Throws: `RunError.unsuitable` for pairs without a group, `DataError` if they cannot be read.
  init(
    _ pairs: PairSet, by column: MixtureSection.Column, batchSize: Int, seed: UInt64,
    what: String
  ) throws {
    let known = try GroupDraw.places(pairs, column, what)
    names = known.keys.sorted()
    members = names.map { known[$0] ?? [] }
    (self.batchSize, self.seed) = (batchSize, seed)
    current = names.map { _ in (pass: -1, order: []) }
  }

  /// Places of the pairs of every group, by its name.
  static func places(_ pairs: PairSet, _ column: MixtureSection.Column, _ what: String) throws
    -> [String: [Int32]]
  {
    let names = column == .group ? pairs.source.groupNames : pairs.source.annotatorNames
    let id: PairColumn = column == .group ? .group : .annotator
    let values = try pairs.values(of: id)
    var places: [String: [Int32]] = [:]
    for place in 0..<pairs.count {
      let value = place < values.count ? values[place] : -1
      guard value >= 0, let number = Int(exactly: value), number < names.count else {
        throw RunError.unsuitable(
          "mixture: \(what) row \(pairs.rows[place]) has no \(column.rawValue)")
      }
      places[names[number], default: []].append(Int32(place))
    }
    return places
  }

  var count: Int { names.count }

  /// The pairs of a step.
  ///
  /// - Parameters:
  ///   - step: from 0.
  ///   - shares: `[k]`, of sum 1.
  ///   - drawn: pairs drawn of each group so far; moved on.
  mutating func places(ofStep step: Int, shares: [Double], drawn: inout [Int]) -> [Int] {
    var random = CounterRandom(seed: seed, stream: "mixture", position: UInt64(step))
    let offset = random.uniform()
    var (group, upTo) = (0, shares[0])
    var counts = [Int](repeating: 0, count: count)
    for slot in 0..<batchSize {
      let point = (Double(slot) + offset) / Double(batchSize)
      while point >= upTo, group + 1 < count {
        group += 1
        upTo += shares[group]
      }
      counts[group] += 1
    }
    var places: [Int] = []
    for group in 0..<count { places += take(counts[group], of: group, &drawn) }
    return places
  }

  private mutating func take(_ wanted: Int, of group: Int, _ drawn: inout [Int]) -> [Int] {
    var result: [Int] = []
    let size = members[group].count
    while result.count < wanted {
      let (pass, first) = drawn[group].quotientAndRemainder(dividingBy: size)
      if current[group].pass != pass { current[group] = (pass, order(of: group, pass: pass)) }
      let end = min(size, first + wanted - result.count)
      result += current[group].order[first..<end].map { Int($0) }
      drawn[group] += end - first
    }
    return result
  }

  /// A group's pairs in the order of one pass.
  func order(of group: Int, pass: Int) -> [Int32] {
    var order = members[group]
    var random = CounterRandom(seed: seed, stream: "mixture/\(names[group])/\(pass)")
    random.shuffle(&order)
    return order
  }
}
