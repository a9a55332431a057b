internal import PairwiseModels
internal import PairwiseObjectives

extension InputName {
  /// What names of inputs say in front about the two completions of a pair.
  static let sides = [("chosen", "rejected"), ("a", "b")]

  /// The name without the side.
  var withoutSide: String {
    for (first, second) in InputName.sides {
      for side in [first, second] where text.hasPrefix(side + "_") {
        return String(text.dropFirst(side.count + 1))
      }
    }
    return text
  }
}

extension ModelBlueprint {
  /// Why the model cannot give what a reward objective reads, or nil.
  func problem(with objective: any Objective) -> String? {
    // Objectives on scores take them for those of single completions.
    let known = gives.contains(RewardOutput.joint) ? gives : gives.union(["scores"])
    if objective.inputs.contains(where: { $0.name.firstEncoding != nil }),
      !gives.contains(RewardOutput.states)
    {
      return
        "objective \(type(of: objective).name) compares hidden states under two dropout masks; the model needs "
        + "hidden_sizes and a dropout above 0"
    }
    for spec in objective.inputs where spec.source == .model && !spec.isOptional {
      let name = spec.name.withoutSide
      if known.contains(name) || SequencePlan.makes(spec.name) { continue }
      let kinds = headKinds.filter { $0.standard.gives.contains(name) }.map { $0.kind }
      let hint = kinds.isEmpty ? "" : "; model.head kind \(kinds.joined(separator: " or ")) does"
      return
        "objective \(type(of: objective).name) reads \(spec.name), which this model does not give"
        + hint
    }
    return nil
  }
}
