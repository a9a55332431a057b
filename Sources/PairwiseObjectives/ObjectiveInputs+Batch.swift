public import PairwiseAutodiff
public import PairwiseTensor

extension ObjectiveInputs {
  /// The inputs of several microbatches, one after the other; rows of tokens are padded with zeros to the
  /// longest. Those named in `leaves` are variables of `tape`, the others constants.
  ///
  /// Traps if a microbatch lacks what another one has.
  public init(concatenating parts: [ObjectiveInputs], on tape: Tape?, leaves: [InputName]) {
    self.init()
    for name in parts.first?.names ?? [] {
      let values = parts.map { $0[name].value }
      let whole = Tensor.stacked(values)
      self[name] =
        leaves.contains(name)
        ? tape?.variable(whole) ?? Variable(constant: whole) : Variable(constant: whole)
    }
  }

  /// Inputs of a batch in which every pair lies twice in a row, by what each is called: those of the first of the two,
  /// and those that `specs` want of the second.
  ///
  /// - Parameter pairs: of the batch without repetitions.
  package func byEncoding(_ specs: [InputSpec], pairs: Int) -> ObjectiveInputs {
    var result = ObjectiveInputs()
    for name in names {
      let values = self[name]
      let shape = values.shape
      let rows = shape[0] / pairs
      guard rows > 1, rows * pairs == shape[0] else {
        result[name] = values
        continue
      }
      // Ratings have several rows a pair.
      let perPair = values.reshaped([2 * pairs, shape.count / (2 * pairs)])
      func encoding(_ number: Int32) -> Variable {
        let own = perPair.rows((0..<Int32(pairs)).map { 2 * $0 + number })
        return own.reshaped(Shape([shape[0] / 2] + shape.array.dropFirst()))
      }
      result[name] = encoding(0)
      if specs.contains(where: { $0.name == name.again }) { result[name.again] = encoding(1) }
    }
    return result
  }

  /// The inputs with what comes from neither model nor data: the objective's state, and noise.
  ///
  /// - Parameter noise: uniform numbers for as many pairs, by the input's name.
  public func completed(
    for objective: any Objective, state: [InputName: Tensor],
    noise: (InputName, Int) -> [Float]
  ) -> ObjectiveInputs {
    var result = self
    for spec in objective.inputs {
      switch spec.source {
      case .state(let initial):
        result[spec.name] = Variable(constant: state[spec.name] ?? Tensor(initial))
      case .noise: result[spec.name] = Variable(constant: Tensor(noise(spec.name, pairs)))
      case .model, .reference, .data, .counted, .network, .activation, .learned: break
      }
    }
    return result
  }
}

extension Tensor {
  /// Tensors `[b]` or `[b, T]` one below the other, padded with zeros to the longest rows.
  fileprivate static func stacked(_ parts: [Tensor]) -> Tensor {
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    guard let first = parts.first, first.shape.rank > 1 else {
      return Tensor(parts.flatMap(\.array))
    }
    precondition(parts.allSatisfy { $0.shape.rank == 2 }, "objective inputs: more than two axes")
    let width = parts.map { $0.shape[1] }.max() ?? 0
    var values: [Float] = []
    values.reserveCapacity(rows * width)
    for part in parts {
      let (array, own) = (part.array, part.shape[1])
      for row in 0..<part.shape[0] {
        values += array[row * own..<(row + 1) * own]
        values += repeatElement(0, count: width - own)
      }
    }
    return Tensor([rows, width], values)
  }
}
