internal import PairwiseAutodiff
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor

extension Objective {
  /// The numbers that it trains beside the model.
  var learned: [(name: InputName, numbers: LearnedInput)] {
    inputs.compactMap { spec in
      if case .learned(let numbers) = spec.source { (spec.name, numbers) } else { nil }
    }
  }

  /// The same as parameters, with what they start from and the rates of those that have their own.
  ///
  /// - Parameter rate: the optimizer's.
  func learnedParameters(rate: Double)
    -> [(name: String, start: Tensor, learningRate: Double?)]
  {
    learned.map { name, numbers in
      (
        "objective.\(name)", numbers.start,
        numbers.rate == 1 ? nil : rate * Double(numbers.rate)
      )
    }
  }
}

extension ObjectiveInputs {
  /// Adds the numbers that the objective trains, as they are now.
  mutating func addLearned(of objective: any Objective, _ store: ParameterStore, on tape: Tape?) {
    for (name, numbers) in objective.learned {
      guard let parameter = store.appended.first(where: { $0.name == "objective.\(name)" }) else {
        preconditionFailure("objective \(type(of: objective).name): \(name) is not in the store")
      }
      self[name] = numbers.value(of: Weights(store, on: tape)[parameter])
    }
  }
}
