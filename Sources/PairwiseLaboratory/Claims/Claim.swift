public import PairwiseConfig

/// `claim:` of a comparison's config: what a paper says, and what would have to be measured for it to hold.
public struct Claim: ConfigSection, Sendable, Equatable {
  /// What claims of a page are grouped by, in the order of the page.
  public enum Topic: String, Sendable, CaseIterable {
    case policies, rewards, data, people, diagnosis, other

    /// As a heading.
    public var title: String {
      switch self {
      case .policies: "Training policies"
      case .rewards: "Reward models"
      case .data: "Data: noise, curation, mixtures"
      case .people: "People who differ, rewards that conflict"
      case .diagnosis: "Judges, biases and hidden states"
      case .other: "Further claims"
      }
    }
  }

  public var paper: String
  public var link: String
  /// What the paper says, in a sentence.
  public var statement: String
  public var topic = Topic.other
  /// What the comparison cannot show, or does otherwise than the paper; nil: nothing worth saying.
  public var limits: String?
  public var expectations: [Expectation]

  public init(from reader: inout SectionReader) {
    paper = reader.required("paper", fallback: "", .nonEmpty, "Authors, year and title.")
    link = reader.value("link", default: "", .any, "Where the paper is to be found.")
    topic = reader.choice("topic", default: topic, "Where it stands on the page of claims.")
    statement = reader.required(
      "statement", fallback: "", .nonEmpty, "What the paper says, in a sentence.")
    limits = reader.optional(
      "limits", String.self, .nonEmpty,
      "What the comparison cannot show, or does otherwise than the paper.")
    let nodes = reader.required(
      "expect", fallback: [ConfigNode(.table([]))], .each(.any, count: 1...32),
      "What would have to be measured: tables with objective, measure, and below or above, which name another "
        + "objective or a number; `at` picks points of the grid, `than_at` those of the other objective."
    )
    expectations = []
    for (index, node) in nodes.enumerated() {
      do throws(Problem) {
        expectations.append(try Expectation(node))
      } catch { reader.report("expect", "[\(index)]: \(error.message)") }
    }
  }
}

/// One thing that would have to be measured for a claim to hold.
public struct Expectation: Sendable, Equatable {
  /// What the objective is held against.
  public enum Bound: Sendable, Equatable {
    /// Another objective or variant, on the same seeds.
    case other(String)
    case number(Double)
  }

  /// Label of an objective or a variant.
  public var objective: String
  public var measure: String
  public var isBelow: Bool
  public var bound: Bound
  /// Points of the grid that count; none: all.
  public var place: [ComparedRun.Setting]
  /// The same for the other objective; nil: where the first one is looked at.
  public var otherPlace: [ComparedRun.Setting]?

  init(_ node: ConfigNode) throws(Problem) {
    func refuse(_ message: String) -> Problem {
      .custom(path: "", place: node.place, message: message)
    }
    guard case .table(let entries) = node.value else { throw refuse("expected a table") }
    let known = ["objective", "measure", "below", "above", "at", "than_at"]
    if let other = entries.first(where: { !known.contains($0.key) }) {
      throw refuse("unknown key '\(other.key)'; known: \(known.joined(separator: ", "))")
    }
    guard case .string(let objective)? = node["objective"]?.value,
      case .string(let measure)? = node["measure"]?.value
    else { throw refuse("expected an objective and a measure") }
    (self.objective, self.measure) = (objective, measure)
    isBelow = node["below"] != nil
    guard let bound = node["below"] ?? node["above"], node["below"] == nil || node["above"] == nil
    else { throw refuse("expected either below or above") }
    switch bound.value {
    case .string(let label): self.bound = .other(label)
    case .int(let value): self.bound = .number(Double(value))
    case .number(let value): self.bound = .number(value)
    default: throw refuse("expected another objective's label or a number")
    }
    place = try Expectation.settings(node["at"]) ?? []
    otherPlace = try Expectation.settings(node["than_at"])
  }

  private static func settings(_ node: ConfigNode?) throws(Problem) -> [ComparedRun.Setting]? {
    guard let node, node.value != .null else { return nil }
    guard case .table(let entries) = node.value else {
      throw .custom(
        path: "", place: node.place,
        message: "expected keys of the grid with their values, such as problem.flip_rate: 0.2")
    }
    return entries.map { .init(key: $0.key, value: $0.value) }
  }

  /// In words, such as `parameter_error of robust_dpo below that of dpo at problem.flip_rate 0.2`.
  public var words: String {
    let here = place.isEmpty ? "" : " at " + Expectation.words(place)
    let side = isBelow ? "below" : "above"
    switch bound {
    case .number(let value): return "\(measure) of \(objective) \(side) \(value)\(here)"
    case .other(let label):
      let there = otherPlace.map { " at " + ($0.isEmpty ? "all points" : Expectation.words($0)) }
      let other = label == objective && there != nil ? "its own" : "that of \(label)"
      return "\(measure) of \(objective)\(here) \(side) \(other)\(there ?? "")"
    }
  }

  private static func words(_ settings: [ComparedRun.Setting]) -> String {
    settings.map { "\($0.key) \($0.value.inline)" }.joined(separator: ", ")
  }
}
