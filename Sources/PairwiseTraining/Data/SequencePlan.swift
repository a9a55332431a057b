internal import PairwiseData
internal import PairwiseModels
internal import PairwiseObjectives

/// Which sequences are computed for each row of data, and which inputs of an objective they give.
///
/// Objectives are told apart by what they read alone. Sequence 2k of a row is the first completion of its
/// k-th token pair, 2k + 1 the second.
public struct SequencePlan: Sendable, Equatable {
  /// One sequence of a row.
  struct Slot: Sendable, Equatable {
    /// Its place among the sequences of the row.
    var place: Int
    /// The input that is its summed log-prob under the policy.
    var policy: InputName
    /// The input, and the column, that is the same under the reference.
    var reference: InputName
    /// The input that counts its tokens.
    var length: InputName?
    /// The input that is policy − reference, a constant. Then nothing else is made of the sequence.
    var logRatio: InputName?
    /// How TRL's token figures count it.
    var role = Role.none
  }

  enum Role: Sendable, Equatable {
    case chosen, rejected
    /// Chosen or rejected by the row's label.
    case labelled
    case none
  }

  var slots: [Slot]
  /// Inputs `[B, R]` and the inputs `[B]` that are their columns.
  var stacks: [InputName: [InputName]] = [:]
  /// What is computed beside the completions.
  var extras: [ExtraSequence] = []
  /// Inputs `[B]` that are scores of what is computed beside the completions, by its place among the sequences of
  /// the row.
  var scores: [InputName: Int] = [:]
  /// Whether rows are single completions with labels.
  var isUnpaired = false

  /// Two completions.
  static let pairs = SequencePlan(slots: [
    Slot(
      place: 0, policy: .policyChosenLogps, reference: .refChosenLogps, length: .chosenLength,
      role: .chosen),
    Slot(
      place: 1, policy: .policyRejectedLogps, reference: .refRejectedLogps,
      length: .rejectedLength, role: .rejected),
  ])

  /// One completion with a label, and perhaps one of another prompt.
  private static func rows(mismatched: Bool) -> SequencePlan {
    var slots = [Slot(place: 0, policy: .policyLogps, reference: .refLogps, role: .labelled)]
    if mismatched {
      slots.append(
        Slot(
          place: 1, policy: "policy_mismatched_logps", reference: "ref_mismatched_logps",
          logRatio: .klLogRatios))
    }
    return SequencePlan(slots: slots, isUnpaired: true)
  }

  /// Whether each row has another row's completion beside its own.
  var isMismatched: Bool { slots.contains { $0.logRatio != nil } }

  /// Inputs that are columns of the data or log-probs of the reference.
  var referenceInputs: Set<InputName> { Set(slots.map(\.reference)) }

  /// - Parameters:
  ///   - texts: the columns of texts that the data have; nil: whatever there is to ask for.
  ///   - path: what messages call the data.
  /// - Throws: for an objective that reads both pairs and single completions, or what nothing gives.
  init(_ objective: any Objective, texts: Set<PairColumn>? = nil, _ path: String = "")
    throws(RunError)
  {
    let specs = objective.inputs
    let name = type(of: objective).name
    func reads(_ name: InputName) -> Bool { specs.contains { $0.name == name } }
    let isUnpaired = specs.contains { $0.name == .policyLogps && $0.shape.count == 1 }
    if isUnpaired, reads(.policyChosenLogps) || reads(.policyChosenTokenLogps) {
      throw .unsuitable(
        "objective \(name) reads pairs and single completions, a file has one of them"
      )
    }
    self = isUnpaired ? .rows(mismatched: reads(.klLogRatios)) : .pairs
    if reads(.slateScores) { try addSlate(texts, name, path) }
    for (input, sequence) in SequencePlan.scored where reads(input) {
      if let texts, let absent = sequence.columns.subtracting(texts).first {
        throw .unsuitable(
          "\(path): objective \(name) needs the column \(absent.rawValue), the data has none")
      }
      extras.append(sequence)
      scores[input] = 2 * extras.count
    }
    if !isUnpaired, reads(.policyRejectedLogps), texts?.contains(.rejectedPrompt) ?? true {
      // Another prompt for the rejected completion: it becomes a sequence of its own.
      extras.append(.underOtherPrompt)
      slots[1].place = 2 * extras.count
    }
    for extra in Extra.known {
      guard let spec = specs.first(where: { $0.name == extra.policy }) else { continue }
      if let texts, let absent = extra.sequence.columns.subtracting(texts).first {
        if spec.isOptional { continue }
        throw .unsuitable(
          "\(path): objective \(name) needs the column \(absent.rawValue), the data has none")
      }
      extras.append(extra.sequence)
      slots.append(
        Slot(
          place: 2 * extras.count, policy: extra.policy, reference: extra.reference,
          length: extra.length))
    }
    if let spec = specs.first(where: { $0.name == .policyRejectedLogps && $0.shape.count == 2 }) {
      try addRejected(spec, texts, name, path)
    }
    if specs.contains(where: { $0.name == .policyLogps && $0.shape.count == 2 }) {
      addSamples(texts)
    }
    try checkProvided(specs, by: name)
  }

  /// Completions of one prompt side by side, two at least: as many as the data have.
  private mutating func addSamples(_ texts: Set<PairColumn>?) {
    func slot(_ number: Int, place: Int) -> Slot {
      Slot(
        place: place, policy: InputName("policy_completion_\(number)_logps"),
        reference: InputName("ref_completion_\(number)_logps"))
    }
    slots = [slot(1, place: 0), slot(2, place: 1)]
    let all = texts ?? PairColumn.customaryTexts
    while all.contains(.completion(slots.count + 1)) {
      extras.append(.completion(.column(.completion(slots.count + 1)), under: .own))
      slots.append(slot(slots.count + 1, place: 2 * extras.count))
    }
    stacks[.policyLogps] = slots.map(\.policy)
  }

  /// Whether rows are completions of one prompt that nobody compares.
  var isSampled: Bool { stacks[.policyLogps] != nil }

  /// Scores that objectives of reward models read of sequences beside the completions.
  private static let scored: [(input: InputName, sequence: ExtraSequence)] = [
    (.satisfiedPromptScores, .completion(.chosen, under: .column("prompt_fulfilled"))),
    (.violatedPromptScores, .completion(.chosen, under: .column("prompt_violated"))),
    (.multiChosenScores, .completion(.chosen, under: .column("prompt_constrained"))),
    (.multiRejectedScores, .completion(.rejected, under: .column("prompt_constrained"))),
  ]

  /// Whether an input of a reward objective is made of further sequences rather than by the model's head.
  static func makes(_ name: InputName) -> Bool {
    name == .slateScores || scored.contains { $0.input == name }
  }

  /// Candidates of each row, best first; nil of pairs.
  var slate: Int? { stacks[.slateScores]?.count }

  /// A slate, best first: `chosen`, `rejected`, `rejected_2`, …, as many as the data have.
  private mutating func addSlate(_ texts: Set<PairColumn>?, _ name: String, _ path: String)
    throws(RunError)
  {
    var names: [InputName] = [.chosenScores, .rejectedScores]
    for column in PairColumn.furtherRejected {
      if let texts, !texts.contains(column) { break }
      extras.append(.completion(.column(column), under: .own))
      let input = InputName("\(column.rawValue)_scores")
      scores[input] = 2 * extras.count
      names.append(input)
    }
    stacks[.slateScores] = names
  }

  /// Further rejected completions: `rejected_2`, `rejected_3`, …, as many as the objective weighs, or as the
  /// data have.
  private mutating func addRejected(
    _ spec: InputSpec, _ texts: Set<PairColumn>?, _ name: String, _ path: String
  ) throws(RunError) {
    func column(_ number: Int) -> PairColumn { PairColumn("rejected_\(number)") }
    var count = 1
    if case .fixed(let fixed) = spec.shape[1] {
      count = fixed
    } else {
      let all = texts ?? PairColumn.customaryTexts
      while all.contains(column(count + 1)) { count += 1 }
    }
    func names(_ number: Int) -> (InputName, InputName) {
      (InputName("policy_rejected_\(number)_logps"), InputName("ref_rejected_\(number)_logps"))
    }
    (slots[1].policy, slots[1].reference) = names(1)
    for number in 1...max(1, count) where number > 1 {
      if let texts, !texts.contains(column(number)) {
        throw .unsuitable(
          "\(path): objective \(name) needs the column rejected_\(number), the data has none")
      }
      extras.append(.completion(.column(column(number)), under: .own))
      let (policy, reference) = names(number)
      slots.append(Slot(place: 2 * extras.count, policy: policy, reference: reference))
    }
    stacks[.policyRejectedLogps] = (1...max(1, count)).map { names($0).0 }
    stacks[.refRejectedLogps] = (1...max(1, count)).map { names($0).1 }
  }

  /// Every log-prob that the objective wants of a policy must be one that is computed. What it wants of a
  /// reward model is up to the model's head.
  private func checkProvided(_ specs: [InputSpec], by name: String) throws(RunError) {
    let given = Set(slots.map(\.policy)).union(slots.compactMap(\.logRatio))
      .union(stacks.keys)
    let counted = Set(slots.compactMap(\.length))
    let isPolicy = specs.contains { $0.source == .model && $0.name.text.hasPrefix("policy_") }
    for spec in specs where !spec.isOptional && !spec.isTokenwise {
      let isThere =
        switch spec.source {
        case .model: !isPolicy || given.contains(spec.name)
        case .counted: counted.contains(spec.name)
        default: true
        }
      if isThere { continue }
      throw .unsuitable("objective \(name) reads \(spec.name), which training cannot compute")
    }
  }

  /// The columns of texts that can be used, and those that must be there.
  func texts(for objective: any Objective) -> (all: Set<PairColumn>, required: Set<PairColumn>) {
    var (all, required): (Set<PairColumn>, Set<PairColumn>) = ([], [])
    for sequence in extras {
      all.formUnion(sequence.columns)
      let extra = Extra.known.first { $0.sequence == sequence }
      let spec = objective.inputs.first { $0.name == extra?.policy }
      if spec?.isOptional == false { required.formUnion(sequence.columns) }
    }
    return (all, required)
  }

  private init(slots: [Slot], isUnpaired: Bool = false) {
    (self.slots, self.isUnpaired) = (slots, isUnpaired)
  }

  /// A sequence beside the completions, by the inputs it gives.
  private struct Extra {
    let policy: InputName
    let reference: InputName
    let length: InputName
    let sequence: ExtraSequence

    static let known = [
      Extra(
        policy: .policyPromptLogps, reference: "ref_prompt_logps", length: .promptLength,
        sequence: .prompt),
      Extra(
        policy: "rationale_logps", reference: "ref_rationale_logps", length: "rationale_len",
        sequence: .completion(.column(.rationale), under: .question)),
      Extra("sft", .completion(.column("sft"), under: .own)),
      Extra("ref_sample", .completion(.column("ref_sample"), under: .own)),
      Extra("corrupted", .completion(.chosen, under: .column("prompt_corrupted"))),
      Extra("fulfilled", .completion(.chosen, under: .column("prompt_fulfilled"))),
      Extra("violated", .completion(.chosen, under: .column("prompt_violated"))),
      Extra("constrained_chosen", .completion(.chosen, under: .column("prompt_constrained"))),
      Extra("constrained_rejected", .completion(.rejected, under: .column("prompt_constrained"))),
    ]

    init(
      policy: InputName, reference: InputName, length: InputName, sequence: ExtraSequence
    ) {
      (self.policy, self.reference, self.length) = (policy, reference, length)
      self.sequence = sequence
    }

    /// Named after what the inputs have between `policy_` and `_logps`.
    init(_ name: String, _ sequence: ExtraSequence) {
      self.init(
        policy: InputName("policy_\(name)_logps"), reference: InputName("ref_\(name)_logps"),
        length: InputName("\(name)_len"), sequence: sequence)
    }
  }
}

extension TokenPair {
  /// Scored tokens of the sequences that an input may count, by that input.
  func length(_ name: InputName) -> Int? {
    switch name {
    case .chosenLength: chosen.count - unscored.chosen
    case .rejectedLength: rejected.count - unscored.rejected
    case .promptLength: max(0, prompt.count + unscored.chosen - 1)
    default: nil
    }
  }
}
