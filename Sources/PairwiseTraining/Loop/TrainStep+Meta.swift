internal import PairwiseAutodiff
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor

/// Responses that nobody has judged, for one step.
struct MetaBatch {
  var responses: Batch
  /// η·s, how far ahead the gradient is taken.
  var rate: Double
}

extension TrainStep {
  /// The gradient of the loss at θ′ = θ + η·s·∇J, where J is how far apart the model holds the responses: to be
  /// applied at θ, first order. The figures are those at θ′, with J at both points, the loss at θ, and the cosine
  /// between ∇J and the way the loss goes down.
  ///
  /// - Source: Dou et al. 2024, MetaRM (arXiv 2405.00438).
  mutating func lookAhead(_ batch: Batch, _ meta: MetaBatch, _ step: Int) throws(NumericalStop)
    -> Figures
  {
    let spread = try spread(of: meta.responses, step, addsGradient: true)
    let slope = ownGradients
    gradients = .zeros(gradients.shape)
    let loss = options.measures ? try plainLoss(of: batch, step) : nil
    var values = Tensor(model.store.values.shape, model.store.values.array)
    values.add(slope, times: Float(meta.rate))
    // Exchanged, so that θ comes back bit for bit and stays the only copy of itself.
    swap(&values, &model.store.values)
    defer { swap(&values, &model.store.values) }
    var figures = try accumulate(batch, step)
    guard let loss else { return figures }
    let ahead = try self.spread(of: meta.responses, step, addsGradient: false)
    for (name, value) in [
      ("meta/spread", spread), ("meta/spread_ahead", ahead), ("meta/loss", loss),
      ("meta/cosine", slope.cosine(to: ownGradients.scaled(by: -1))),
    ] {
      figures.metrics.mean(name, sum: value, count: 1)
    }
    return figures
  }

  /// J, and its gradient if it is to be added. Without dropout: what counts is the model as it will be used.
  private mutating func spread(of responses: Batch, _ step: Int, addsGradient: Bool)
    throws(NumericalStop) -> Double
  {
    var total = 0.0
    for part in microbatches(of: responses) {
      let tape = Tape()
      let weights = addsGradient ? Weights(model.store, on: tape) : Weights(model.store)
      let output = model.forward(
        part.pairs.input, weights, ForwardPass(activationBudget: options.activationBudget))
      try check(output.variable.value, "scores of meta.data", part.pairs, step)
      guard case .scores(let rewards) = output else { continue }
      let scores = part.pairs.responseScores(rewards.scores)
      let (values, width) = (scores.value.array, scores.shape[1])
      let rows = (0..<part.pairs.count).map { row in
        values[row * width..<(row + 1) * width].map { Double($0) }
      }
      let share = Double(part.pairs.count) / Double(responses.count)
      let spread: RewardSpread
      do {
        spread = try RewardSpread(rows)
      } catch {
        throw NumericalStop(step: step, problem: "meta.data: \(error)", rows: part.pairs.rows)
      }
      total += share * spread.value
      guard addsGradient else { continue }
      let slopes = spread.gradient.flatMap { $0.map { Float($0 * share) } }
      let pull = (scores * Variable(constant: Tensor(scores.shape, slopes))).sum()
      tape.backward(from: pull, into: &gradients)
    }
    return total
  }

  /// The loss of a batch with the weights as they are, without gradients.
  private func plainLoss(of batch: Batch, _ step: Int) throws(NumericalStop) -> Double {
    var inputs: [ObjectiveInputs] = []
    for part in microbatches(of: batch) {
      inputs.append(try forward(part, on: nil, step, wantsStatistics: false).inputs)
    }
    let all = ObjectiveInputs(concatenating: inputs, on: nil, leaves: [])
    let value = objective.value(
      completed(all, first: 0, step, on: nil), of: batch.totals(for: objective))
    var loss = LossSum()
    value.add(to: &loss)
    return loss.value
  }
}

extension Tensor {
  /// The cosine between two vectors, 0 where one of them is 0.
  fileprivate func cosine(to other: Tensor) -> Double {
    var (product, own, others) = (0.0, 0.0, 0.0)
    for (a, b) in Swift.zip(array, other.array) {
      product += Double(a) * Double(b)
      own += Double(a) * Double(a)
      others += Double(b) * Double(b)
    }
    return own > 0 && others > 0 ? product / (own.squareRoot() * others.squareRoot()) : 0
  }
}
