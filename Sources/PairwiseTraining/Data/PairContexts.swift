internal import PairwiseAutodiff
internal import PairwiseData
package import PairwiseModels
internal import PairwiseTensor

/// Labelled pairs of every annotator, from which a model infers who judges.
struct PairContexts: Sendable {
  /// Labelled pairs of all annotators.
  private let rows: ModelInput
  /// Which of them are whose, by the model's number of the annotator.
  private let places: [Int32: [Int]]
  /// Pairs that are given at most.
  let length: Int

  init(rows: ModelInput, places: [Int32: [Int]], length: Int) {
    (self.rows, self.places, self.length) = (rows, places, length)
  }

  /// The first pairs of every annotator of a set, in its order; nil if its model reads none.
  init?(_ set: PairSet) throws(DataError) {
    length = set.reader.context.most
    guard let found = try PairContexts.firstPlaces(of: set) else { return nil }
    places = found.places
    rows = try set.read(found.kept).input.bare
  }

  /// Places of the first pairs of every annotator of a set, and which of those are whose; nil if its model reads
  /// none.
  static func firstPlaces(
    of set: PairSet
  ) throws(DataError) -> (kept: [Int], places: [Int32: [Int]])? {
    let length = set.reader.context.most
    guard length > 0, set.count > 0, let reader = set.reader as? ConditionedReader else {
      return nil
    }
    var (kept, places): ([Int], [Int32: [Int]]) = ([], [:])
    var start = 0
    while start < set.count {
      let end = min(set.count, start + 4096)
      let rows = (start..<end).map { set.rows[$0] }
      let block = try set.source.read(rows, PairNeeds(columns: [.annotator]))
      for (offset, id) in reader.ids(of: .annotator, in: block).enumerated()
      where places[id, default: []].count < length {
        places[id, default: []].append(kept.count)
        kept.append(start + offset)
      }
      start = end
    }
    return (kept, places)
  }

  /// The same with another's pairs of annotators that it has none of.
  func filled(from other: PairContexts?) -> PairContexts {
    guard let other else { return self }
    var picks = (0..<rows.pairs).map { (input: 0, pair: $0) }
    var places = places
    for (id, others) in other.places.sorted(by: { $0.key < $1.key }) where places[id] == nil {
      places[id] = others.indices.map { picks.count + $0 }
      picks += others.map { (input: 1, pair: $0) }
    }
    return PairContexts(
      rows: .gathered(picks, from: [rows, other.rows]), places: places, length: length)
  }

  /// The batch with the pairs of whoever judged each of its own.
  func given(to batch: Batch) -> Batch {
    var batch = batch
    batch.input = given(to: batch.input)
    return batch
  }

  func given(to input: ModelInput) -> ModelInput {
    var offsets: [Int32] = [0]
    var picks: [(input: Int, pair: Int)] = []
    for id in input.annotators {
      picks += places[id, default: []].prefix(length).map { (0, $0) }
      offsets.append(Int32(picks.count))
    }
    return input.with(PairContext(rows: .gathered(picks, from: [rows]), offsets: offsets))
  }
}

extension ModelInput {
  /// The model's number of whoever judged each pair; −1 for nobody it knows.
  var annotators: [Int32] {
    told.ids[.annotator] ?? [Int32](repeating: -1, count: pairs)
  }

  func with(_ context: PairContext) -> ModelInput {
    var conditions = told
    conditions.context = context
    return .conditioned(bare, conditions)
  }
}

/// Draws a set of labelled pairs for every pair of a training batch: others of the same annotator that are in
/// memory, between the least and the most that the model reads.
package struct ContextDraw {
  private let size: ContextSize
  private let seed: UInt64

  /// Nil if nothing is to be drawn.
  package init?(_ size: ContextSize, seed: UInt64) {
    if size.most == 0 { return nil }
    (self.size, self.seed) = (size, seed)
  }

  /// Places of every annotator's pairs.
  package static func owners(of window: Batch) -> [Int32: [Int]] {
    var places: [Int32: [Int]] = [:]
    for (place, id) in window.input.annotators.enumerated() where id >= 0 {
      places[id, default: []].append(place)
    }
    return places
  }

  /// - Parameters:
  ///   - batch: the pairs at `picks` of `windows`.
  ///   - owners: of each window the places of every annotator's pairs.
  ///   - step: from 0; what is drawn belongs to it and the place in the batch.
  package func given(
    to batch: Batch, at picks: [(input: Int, pair: Int)], of windows: [Batch],
    owners: [[Int32: [Int]]], step: Int
  ) -> Batch {
    var offsets: [Int32] = [0]
    var drawn: [(input: Int, pair: Int)] = []
    let ids = batch.input.annotators
    for (place, pick) in picks.enumerated() {
      var others = owners[pick.input][ids[place], default: []].filter { $0 != pick.pair }
      var random = CounterRandom(
        seed: seed, stream: "context", position: UInt64(step) << 32 | UInt64(place) << 12)
      func below(_ count: Int) -> Int { min(count - 1, Int(random.uniform() * Double(count))) }
      let most = min(size.most, others.count)
      let least = min(size.least, most)
      let wanted = most == 0 ? 0 : least + below(most - least + 1)
      for index in 0..<wanted {
        others.swapAt(index, index + below(others.count - index))
        drawn.append((pick.input, others[index]))
      }
      offsets.append(Int32(drawn.count))
    }
    var result = batch
    result.input = batch.input.with(
      PairContext(
        rows: .gathered(drawn, from: windows.map(\.input.bare)), offsets: offsets))
    return result
  }
}
