public import PairwiseConfig

/// The scheme as a file:
///
/// ```yaml
/// name: mine
/// counts: observed                 # or fixed: the counts below, 1 where none is given
/// allow_missing: false
/// sections:
///   Chat: [easy, hard]
///   Safety: {weight: 2, subsets: {refusals: 100, answers: 250}}
/// ```
extension SectionScheme: ConfigSection {
  public init(from reader: inout SectionReader) {
    let name = reader.value(
      "name", default: "sections", .nonEmpty, "What the scheme is called.")
    let counts = reader.choice(
      "counts", default: Counts.observed,
      "Whether subsets weigh as many pairs as they have or as the scheme says.")
    let allowsMissing = reader.value(
      "allow_missing", default: false, "Leave sections without pairs out instead of refusing them.")
    let table = reader.required(
      "sections", fallback: ConfigNode(.table([])), .any,
      "Names of sections, each with a list of subsets, or a table of weight and subsets.")
    var sections: [Section] = []
    if case .table(let entries) = table.value, !entries.isEmpty {
      for entry in entries {
        if let section = Self.section(entry) {
          sections.append(section)
        } else {
          reader.report(
            "sections",
            "'\(entry.key)': expected a list of subsets, or a table of weight (above 0) and subsets"
          )
        }
      }
    } else if reader.contains("sections") {
      reader.report("sections", "expected a table of sections")
    }
    let subsets = sections.flatMap { $0.subsets.map(\.name) }
    if let twice = subsets.first(where: { name in subsets.count { $0 == name } > 1 }) {
      reader.report("sections", "subset '\(twice)' appears twice")
    }
    self.init(name: name, sections: sections, counts: counts, allowsMissing: allowsMissing)
  }

  private static func section(_ entry: ConfigNode.Entry) -> Section? {
    guard case .table(let keys) = entry.value.value else {
      return subsets(entry.value).map { Section(entry.key, $0) }
    }
    guard keys.allSatisfy({ $0.key == "weight" || $0.key == "subsets" }),
      let node = entry.value["subsets"], let subsets = subsets(node)
    else { return nil }
    var weight = 1.0
    if let value = entry.value["weight"] {
      guard let number = try? Double.read(value), number > 0, number.isFinite else { return nil }
      weight = number
    }
    return Section(entry.key, weight: weight, subsets)
  }

  /// A list of names, or a table of names and counts.
  private static func subsets(_ node: ConfigNode) -> [Subset]? {
    switch node.value {
    case .list:
      guard let names = try? [String].read(node), !names.isEmpty else { return nil }
      return names.map { Subset($0) }
    case .table(let entries):
      guard !entries.isEmpty else { return nil }
      var subsets: [Subset] = []
      for entry in entries {
        guard let count = try? Int.read(entry.value), count > 0 else { return nil }
        subsets.append(Subset(entry.key, count))
      }
      return subsets
    default: return nil
    }
  }
}

extension SectionReport {
  var node: ConfigNode {
    var table = NodeTable()
    table.add("scheme", scheme.name)
    table.add("counts", scheme.counts.rawValue)
    table.add("score", score)
    table.add(
      "sections",
      sections.map { section in
        var row = NodeTable()
        row.add("name", section.name)
        row.add("weight", section.weight)
        row.add("score", section.score)
        row.add(
          "subsets",
          section.subsets.map { subset in
            var part = NodeTable()
            part.add("name", subset.name)
            part.add("n", subset.count)
            part.add("accuracy", subset.accuracy)
            return part.node
          })
        return row.node
      })
    return table.node
  }
}
