/// What can be wrong or odd with preference data as a whole.
public enum ValidationKind: String, Sendable, CaseIterable, Hashable {
  /// Rows that cannot be read: not finite, not UTF-8, damaged.
  case unreadable
  /// Equal to an earlier row in prompt, both sides, direction and annotator.
  case duplicate
  /// A ≻ B and B ≻ A for the same prompt, whoever judged.
  case contradiction
  /// Both sides are the same.
  case identicalSides = "identical_sides"
  case emptyCompletion = "empty_completion"
  /// A feature, weight or probability is NaN or infinite.
  case nonFinite = "non_finite"
  /// A prompt of this row also occurs in another split (rows of `train` are not counted).
  case leakage
  /// `label_prob` says the rejected side is preferred.
  case labelDisagreement = "label_disagreement"
  case emptyPrompt = "empty_prompt"
  /// A text longer than the limit asked for.
  case longText = "long_text"
  case tie

  /// Whether rows like this should be looked at before training. The others are for information.
  public var isDefect: Bool {
    switch self {
    case .emptyPrompt, .longText, .tie: false
    default: true
    }
  }

  /// What a table calls it.
  public var words: String {
    switch self {
    case .unreadable: "rows that cannot be read"
    case .duplicate: "exact duplicates of earlier rows"
    case .contradiction: "contradictions (A ≻ B and B ≻ A)"
    case .identicalSides: "identical chosen and rejected"
    case .emptyCompletion: "empty completions"
    case .nonFinite: "values that are not finite"
    case .leakage: "prompts that are also in another split"
    case .labelDisagreement: "label_prob against the label"
    case .emptyPrompt: "empty prompts"
    case .longText: "very long texts"
    case .tie: "ties"
    }
  }
}

/// Rows with one kind of trouble.
public struct ValidationFinding: Sendable, Equatable {
  /// How many row numbers a finding keeps.
  public static let rowsKept = 20

  public var kind: ValidationKind
  public var count: Int
  /// Count over all rows, 0 … 1.
  public var share: Double
  /// The first rows, ascending, from 0.
  public var rows: [Int]
  /// What was said about the first of them, where there is more to say.
  public var example: String?

  public init(
    kind: ValidationKind, count: Int, share: Double, rows: [Int], example: String? = nil
  ) {
    self.kind = kind
    self.count = count
    self.share = share
    self.rows = rows
    self.example = example
  }
}

/// How much the length of texts gives the label away.
public struct LengthBias: Sendable, Equatable {
  /// Shares of pairs whose chosen side has more bytes, and as many bytes.
  public var chosenLonger: Double
  public var equal: Double
  /// Accuracy of always preferring the longer side; equal lengths count one half.
  public var longerWinsAccuracy: Double { chosenLonger + equal / 2 }

  public init(chosenLonger: Double, equal: Double) {
    self.chosenLonger = chosenLonger
    self.equal = equal
  }
}

/// The outcome of checking a dataset.
public struct ValidationReport: Sendable, Equatable {
  /// Rows checked.
  public var rows: Int
  /// Only kinds that were found, in the order of `ValidationKind.allCases`.
  public var findings: [ValidationFinding]
  /// Nil without texts.
  public var lengthBias: LengthBias?

  /// Findings of one kind; nil if there are none.
  public subscript(kind: ValidationKind) -> ValidationFinding? {
    findings.first { $0.kind == kind }
  }

  /// True if there is no defect at all.
  public var isClean: Bool { !findings.contains { $0.kind.isDefect } }

  /// Whether any defect touches more than this share of all rows (0 … 1).
  public func exceeds(_ share: Double) -> Bool {
    findings.contains { $0.kind.isDefect && $0.share > share }
  }

  /// The findings over a limit set for their kind.
  public func exceeding(_ limits: [ValidationKind: Double]) -> [ValidationFinding] {
    findings.filter { finding in limits[finding.kind].map { finding.share > $0 } ?? false }
  }
}
