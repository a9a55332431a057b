public import PairwiseData
internal import PairwiseTensor

/// Reads pairs as another reader does, with what a head is told about each besides.
public struct ConditionedReader: PairReader {
  private let base: any PairReader
  package let head: HeadNeeds
  /// Names that the model knows, in the order of its tables.
  private var known: [PairColumn: [String]] = [:]
  /// For each name of the source that is being read, its place among the known ones, or −1.
  private var places: [PairColumn: [Int32]] = [:]
  /// Names of the source that is being read.
  private var names: [PairColumn: [String]] = [:]
  /// What the model is told of names.
  package enum Telling: Sendable {
    case own, nothing
    /// The name that comes next in the model's list.
    case another
  }

  package var telling = Telling.own
  /// The place of an annotator whom the model does not know by name; −1: none.
  package var newcomer: Int32 = -1

  public init(_ base: any PairReader, _ head: HeadNeeds) {
    (self.base, self.head) = (base, head)
  }

  /// The reader itself, where a head needs nothing.
  static func around(_ base: any PairReader, _ head: HeadNeeds, _ data: DataFacts? = nil)
    -> any PairReader
  {
    if head.isEmpty { return base }
    let reader = ConditionedReader(base, head)
    return data.map(reader.knowing) ?? reader
  }

  public var needs: PairNeeds {
    var needs = base.needs
    needs.columns.formUnion(head.names + head.numbers)
    if head.promptWidth > 0 { needs.texts = true }
    return needs
  }

  public func knowing(_ data: DataFacts) -> any PairReader {
    var reader = self
    for column in head.names { reader.known[column] = data.names[column, default: []] }
    return reader
  }

  public func bound(to source: any PairSource) throws(DataError) -> any PairReader {
    var reader = self
    for column in head.names {
      let names = column == .group ? source.groupNames : source.annotatorNames
      var place: [String: Int32] = [:]
      for (index, name) in known[column, default: []].enumerated() { place[name] = Int32(index) }
      reader.names[column] = names
      reader.places[column] = names.map { place[$0] ?? -1 }
    }
    for column in head.numbers where !source.columns.contains(column) {
      throw DataError(
        .invalid, file: "pairs", "the model reads the column \(column.rawValue), the data has none")
    }
    return reader
  }

  /// Place of each pair's name among those that the model knows.
  package func ids(of column: PairColumn, in block: PairBlock) -> [Int32] {
    // Without the column nobody is known.
    let values = block.columns[column] ?? [Float](repeating: -1, count: block.count)
    let places = places[column, default: []]
    let unknown = column == .annotator ? newcomer : -1
    if telling == .nothing { return values.map { _ in -1 } }
    let further = Int32(telling == .another ? 1 : 0)
    return values.map { id in
      let place = id >= 0 && Int(id) < places.count ? places[Int(id)] : -1
      if place < 0 { return unknown }
      return further == 0 ? place : (place + further) % Int32(known[column, default: []].count)
    }
  }

  /// The first pair of a block that the model must know somebody for, and does not; nil if there is none.
  ///
  /// - Parameter block: read with the columns of `head.names`.
  package func stranger(in block: PairBlock) -> Stranger? { stranger(in: block, ids(in: block)) }

  /// For every column of names the places of the block's among those that the model knows.
  private func ids(in block: PairBlock) -> [PairColumn: [Int32]] {
    Dictionary(uniqueKeysWithValues: head.names.map { ($0, ids(of: $0, in: block)) })
  }

  private func stranger(in block: PairBlock, _ ids: [PairColumn: [Int32]]) -> Stranger? {
    if head.newUser != .error || telling == .nothing { return nil }
    let found: [(place: Int, column: PairColumn)] = head.names.compactMap { column in
      ids[column]?.firstIndex { $0 < 0 }.map { ($0, column) }
    }
    guard let (place, column) = found.min(by: { $0.place < $1.place }) else { return nil }
    let id = block.columns[column]?[place] ?? -1
    let own = names[column, default: []]
    let isNamed = id >= 0 && Int(id) < own.count
    return Stranger(
      column: column.rawValue, name: isNamed ? own[Int(id)] : nil, row: block.rows[place])
  }

  public func input(for block: PairBlock) throws(DataError) -> ModelInput {
    var conditions = PairConditions()
    conditions.ids = ids(in: block)
    if let stranger = stranger(in: block, conditions.ids) {
      throw DataError(
        .invalid, file: "pairs", place: "row \(stranger.row)",
        "the model goes by the \(stranger.column) and does not know this one: found \(stranger.text)"
      )
    }
    for column in head.numbers {
      let values = block.columns[column] ?? []
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        let width = max(1, values.count / max(1, block.count))
        throw DataError(
          .invalid, file: "pairs", place: "row \(block.rows[bad / width])",
          "column \(column.rawValue): expected a finite number, found \(values[bad])")
      }
      conditions.numbers[column] = Tensor(
        [block.count, values.count / max(1, block.count)], values)
    }
    if head.promptWidth > 0 { conditions.prompts = try base.promptRows(of: block) }
    return .conditioned(try base.input(for: block), conditions)
  }

  public func fates(of block: PairBlock) throws(DataError) -> [PairFate]? {
    try base.fates(of: block)
  }

  public var context: ContextSize { head.context }

  public func promptRows(of block: PairBlock) throws(DataError) -> PromptRows? {
    try base.promptRows(of: block)
  }

  public func carrying(_ sequences: [ExtraSequence]) -> (any PairReader)? {
    // What a head is told is about the pair, not about further sequences of its row.
    sequences.isEmpty ? self : nil
  }
}
