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
  /// What is computed beside the completions.
  var extras: [ExtraSequence] = []
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

  /// Inputs that are counted in tokens.
  var counted: Set<InputName> {
    Set(slots.compactMap(\.length)).union([.chosenMask, .rejectedMask])
  }

  /// - Throws: for an objective that reads both pairs and single completions.
  init(_ objective: any Objective) throws(RunError) {
    let specs = objective.inputs
    func reads(_ name: InputName) -> Bool { specs.contains { $0.name == name } }
    let isUnpaired = specs.contains { $0.name == .policyLogps && $0.shape.count == 1 }
    if isUnpaired, reads(.policyChosenLogps) {
      throw .unsuitable(
        "objective \(type(of: objective).name) reads pairs and single completions, a file has one of them"
      )
    }
    self = isUnpaired ? .rows(mismatched: reads(.klLogRatios)) : .pairs
    for extra in Extra.known where reads(extra.policy) {
      extras.append(extra.sequence)
      slots.append(
        Slot(
          place: 2 * extras.count, policy: extra.policy, reference: extra.reference,
          length: extra.length))
    }
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
        sequence: .prompt)
    ]
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
