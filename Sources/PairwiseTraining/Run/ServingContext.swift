internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseTensor

/// Labelled pairs that `final/` keeps of every annotator, for models that read some to know who judges: what
/// scored the held-out pairs of the run scores whatever comes later.
enum ServingContext {
  static let name = "/context.jsonl"

  /// Writes the pairs that the model reads; nothing if it reads none.
  static func write(_ set: PairSet, to folder: String) throws(DataError) {
    guard let kept = try PairContexts.firstPlaces(of: set)?.kept else { return }
    let source = set.source
    let needs = PairNeeds(
      features: !source.hasTexts, texts: source.hasTexts, messages: source.hasTexts,
      columns: [.annotator])
    var writer = JSONWriter()
    var start = 0
    while start < kept.count {
      let places = kept[start..<min(kept.count, start + 1024)]
      let block = try source.read(places.map { set.rows[$0] }, needs)
      let ties = Set(block.ties)
      for pair in 0..<block.count {
        writer.write(row(pair, of: block, source.annotatorNames, isTie: ties.contains(pair)))
        writer.endLine()
      }
      start += places.count
    }
    try FileAccess.write(writer.bytes, to: folder + name)
  }

  private static func row(
    _ pair: Int, of block: PairBlock, _ names: [String], isTie: Bool
  ) -> ConfigNode {
    var entries: [ConfigNode.Entry] = []
    if let texts = block.texts {
      let sides = [
        ("prompt", texts.prompt(pair), block.messages?.prompt(pair)),
        ("chosen", texts.chosen(pair), block.messages?.chosen(pair)),
        ("rejected", texts.rejected(pair), block.messages?.rejected(pair)),
      ]
      for (key, plain, messages) in sides {
        let list = messages.flatMap { $0.isEmpty ? nil : try? JSON.parse($0) }
        let value = list ?? String(decoding: plain, as: UTF8.self).configNode
        entries.append(.init(key: key, value: value))
      }
    } else if let features = block.features {
      for (key, row) in [("chosen", 2 * pair), ("rejected", 2 * pair + 1)] {
        let values = features.rows(row..<row + 1).array.map { ConfigNode(.number(Double($0))) }
        entries.append(.init(key: key, value: ConfigNode(.list(values))))
      }
    }
    if isTie { entries.append(.init(key: "label", value: 0.configNode)) }
    if let id = block.columns[.annotator]?[pair], names.indices.contains(Int(id)) {
      entries.append(.init(key: "annotator", value: names[Int(id)].configNode))
    }
    return ConfigNode(.table(entries))
  }

  /// The pairs that `write` left in a folder; nil if there are none.
  static func load(from folder: String) throws(DataError) -> (any PairSource)? {
    let path = folder + name
    guard FileAccess.exists(path) else { return nil }
    var options = ImportOptions()
    (options.keepEmptyCompletions, options.keepIdenticalCompletions) = (true, true)
    return try Imported(path, options).source
  }
}
