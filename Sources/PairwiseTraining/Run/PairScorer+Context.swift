internal import PairwiseAutodiff
public import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseOptim
internal import PairwiseTensor

extension PairScorer {
  /// Updates that fit what a model keeps of a new annotator.
  private static let adaptationSteps = 200
  private static let adaptationRate = 0.1

  /// The scorer after it has got to know annotators from pairs they have judged.
  ///
  /// A model that reads labelled pairs gets these, up to as many as it reads; of annotators that are not among
  /// them it keeps what it had. Another one gets a place for each
  /// annotator it does not know, fitted to their pairs with everything else held fixed; annotators that it knows
  /// stay as they were trained. Pairs without an annotator are of one person, who then stands for everybody
  /// that the model does not know.
  ///
  /// - Throws: if the model does not depend on who judges, or the pairs cannot be read.
  public func learning(from pairs: any PairSource, named name: String = "context")
    throws(DataError) -> PairScorer
  {
    guard let model = model as? any AdaptiveRewardModel, model.dependsOnAnnotators else {
      throw DataError(
        .invalid, file: name, "the model does not depend on who judges: it has no use for a context"
      )
    }
    if let problem = problem(with: pairs) { throw DataError(.invalid, file: name, problem) }
    return try learning(model, pairs, named: name)
  }

  private func learning<M: AdaptiveRewardModel>(
    _ model: M, _ pairs: any PairSource, named name: String
  )
    throws(DataError) -> PairScorer
  {
    let isNamed = pairs.columns.contains(.annotator) && !pairs.annotatorNames.isEmpty
    let known = Set(model.annotators)
    let further = isNamed ? pairs.annotatorNames.filter { !known.contains($0) } : [""]
    var (grown, own) = model.knowing(further)
    var scorer = PairScorer(
      grown, temperature: temperature, reference: reference, beta: beta)
    if !isNamed { scorer.newcomer = Int32(model.annotators.count) }
    let bound = try scorer.bound(to: pairs)
    try scorer.refuseStrangers(in: pairs, file: name) { "row \($0)" }
    var needs = bound.needs
    needs.allowsUnlabelled = false
    let block = try pairs.read(Array(0..<pairs.count), needs)
    let input = try bound.reader.input(for: block)
    if grown.headNeeds.context.most > 0 {
      scorer.contexts = PairContexts(input, length: grown.headNeeds.context.most)
        .filled(from: contexts)
      return scorer
    }
    PairScorer.fit(&grown, own, to: input, from: Int32(model.annotators.count))
    var fitted = PairScorer(grown, temperature: temperature, reference: reference, beta: beta)
    fitted.newcomer = scorer.newcomer
    return fitted
  }

  /// Fits some elements of the parameters to the pairs of annotators from `first` on, by their likelihood.
  private static func fit<M: AdaptiveRewardModel>(
    _ model: inout M, _ own: [Range<Int>], to input: ModelInput, from first: Int32
  ) {
    let ids = input.annotators
    let places = ids.indices.filter { ids[$0] >= first }
    if places.isEmpty || own.isEmpty { return }
    let pairs = ModelInput.gathered(places.map { (0, $0) }, from: [input])
    var values = Tensor(own.flatMap { range in range.map { model.store.values[flat: $0] } })
    var optimizer = AdamW(parameterCount: values.count)
    for _ in 0..<adaptationSteps {
      let tape = Tape()
      let output = model.output(pairs, Weights(model.store, on: tape), dropout: nil)
      let odds =
        output.logOdds
        ?? output.scores.strided(from: 0, by: 2) - output.scores.strided(from: 1, by: 2)
      var gradients = Tensor.zeros([model.store.count])
      // A sum, not a mean: what one annotator becomes must not depend on the others.
      tape.backward(from: (-odds).softplus().sum(), into: &gradients)
      let slopes = Tensor(own.flatMap { range in range.map { gradients[flat: $0] } })
      optimizer.update(
        &values, gradients: slopes,
        UpdateContext(
          learningRate: adaptationRate, gradientScale: 1,
          segments: [ParameterSegment(range: 0..<values.count, decays: false)]))
      var place = 0
      let array = values.array
      model.store.values.withMutableSpan { span in
        for range in own {
          for index in range {
            span[index] = array[place]
            place += 1
          }
        }
      }
    }
  }
}

extension PairContexts {
  /// The first labelled pairs of every annotator of an input.
  init(_ input: ModelInput, length: Int) {
    var places: [Int32: [Int]] = [:]
    for (place, id) in input.annotators.enumerated()
    where places[id, default: []].count < length { places[id, default: []].append(place) }
    self.init(rows: input.bare, places: places, length: length)
  }
}
