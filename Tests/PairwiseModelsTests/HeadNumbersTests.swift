import Glibc
import PairwiseAutodiff
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import Testing

/// Heads that know people against the worked examples of the methods reference, §5.3 and §5.4, and identities 9 and 10
/// of its §10. Numbers there are double precision, ours float32.
@Suite("Numbers of heads")
struct HeadNumbersTests {
  private let pair: [Float] = [0.8, 0.3, 0.1, 0.9]

  /// A head on features as they are, f(x) = x, with its own parameters set by name.
  private func model(
    _ head: any HeadOptions, _ values: [String: [Float]], users: [String] = ["u"]
  ) -> FeatureModel {
    var data = DataFacts(featureWidth: 2, hasTexts: false)
    data.names[.annotator] = users
    var model = FeatureModel(data, options: FeatureModelOptions(head: HeadSection(head)))
    for parameter in model.store.parameters {
      guard let value = values[parameter.name] else { continue }
      model.store.set(parameter, to: Tensor(parameter.shape, value))
    }
    return model
  }

  /// Scores of the pair for each user.
  private func scores(_ model: FeatureModel, users: [Int32] = [0]) -> [Double] {
    var told = PairConditions()
    told.ids[.annotator] = users
    let rows = Tensor([2 * users.count, 2], users.flatMap { _ in pair })
    let output = model.output(
      .conditioned(.dense(rows), told), Weights(model.store), dropout: nil)
    return output.scores.value.array.map(Double.init)
  }

  private func expect(
    _ found: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (a, b) in zip(found, expected) {
      #expect(
        abs(a - b) < 4e-7 * max(1, abs(b)), "found \(a), expected \(b)",
        sourceLocation: sourceLocation)
    }
  }

  private let identity: [Float] = [1, 0, 0, 1]
  private let v: [Float] = [0.4, -0.4]

  /// g = W₂·tanh(W₁·[φ; φ′]) by hand: exchanging the sides exchanges the scores, equal sides have equal ones, and preferences
  /// may go round in a circle, which differences of single scores cannot.
  @Test func jointScores() {
    let weights: [String: [Float]] = [
      "weight": identity, "head.0.weight": [1, 0, 0, 1, 0, 1, -1, 0], "head.0.bias": [0, 0],
      "head.2.weight": [1, -1],
    ]
    let joint = model(JointHeadOptions(dimension: 2, hiddenSize: 2), weights)
    func scores(_ rows: [Float]) -> [Double] {
      let input = ModelInput.dense(Tensor([rows.count / 2, 2], rows))
      return joint.output(input, Weights(joint.store), dropout: nil).scores.value.array
        .map(Double.init)
    }
    // Rows φ = (0.8, 0.3), φ′ = (0.1, 0.9): W₁ gives (φ₁ + φ′₂, φ₂ − φ′₁).
    func g(_ a: [Double], _ b: [Double]) -> Double { tanh(a[0] + b[1]) - tanh(a[1] - b[0]) }
    let (a, b) = ([0.8, 0.3], [0.1, 0.9])
    expect(scores(pair), [g(a, b) / 2, g(b, a) / 2])
    let exchanged = scores([0.1, 0.9, 0.8, 0.3])
    #expect(exchanged == scores(pair).reversed())
    let equal = scores([0.8, 0.3, 0.8, 0.3])
    #expect(equal[0] == equal[1])
  }

  /// §5.3: P = (1, 0), (0, 1), w = softmax(0.4, −0.4), f the identity.
  @Test func idealPointDistances() {
    let options = IdealPointHeadOptions(form: .distance, prototypes: 2, dimension: 2)
    let found = scores(
      model(options, ["weight": identity, "head.prototypes": identity, "head.users": v]))
    expect(found, [-0.1104813370, -0.8343499127])
    expect([found[0] - found[1]], [0.7238685756])
    expect([found[1] * found[1] - found[0] * found[0]], [0.6839336509])
    expect([log1p(exp(found[1] - found[0]))], [0.3953291495])
  }

  /// The user's weights themselves: scores of completions that are the prototypes, under the linear form.
  @Test func weightsOfUsers() {
    let options = IdealPointHeadOptions(form: .linear, prototypes: 2)
    var linear = model(options, ["weight": identity, "head.users": v])
    func weights(_ model: FeatureModel) -> [Double] {
      var told = PairConditions()
      told.ids[.annotator] = [0]
      return model.output(
        .conditioned(.dense(Tensor([2, 2], identity)), told), Weights(model.store), dropout: nil
      ).scores.value.array.map(Double.init)
    }
    expect(weights(linear), [0.6899744811, 0.3100255189])
    // A constant added to all of v changes nothing.
    if let users = linear.store.parameters.first(where: { $0.name == "head.users" }) {
      linear.store.set(users, to: Tensor([1, 2], v.map { $0 + 3 }))
    }
    expect(weights(linear), [0.6899744811, 0.3100255189])
  }

  /// §5.3, model B: cosines with the same point, scaled by 1/0.07 at the start.
  @Test func idealPointCosines() {
    let options = IdealPointHeadOptions(form: .cosine, prototypes: 2, dimension: 2)
    let built = model(
      options, ["weight": identity, "head.prototypes": identity, "head.users": v])
    let found = scores(built)
    expect(found.map { $0 * 0.07 }, [0.9979829604, 0.5080789795])
    expect(found, [14.2568994348, 7.2582711360])
    let loss = log1p(exp(found[1] - found[0]))
    #expect(abs(loss / 0.0009127170 - 1) < 1e-5)
    // The scale ends at 100.
    var steep = built
    if let scale = steep.store.parameters.first(where: { $0.name == "head.logit_scale" }) {
      steep.store.set(scale, to: Tensor([1, 1], [9]))
    }
    expect(scores(steep).map { $0 / 100 }, [0.9979829604, 0.5080789795])
  }

  /// v of two users and three prototypes: entropies by hand, distances of (0, 0), (3, 4), (3, 0).
  @Test func figures() {
    let head = IdealPointHeadOptions(form: .distance, prototypes: 3, dimension: 2)
    let found = model(
      head, ["head.users": [1, 0, -1, 0, 2, 0], "head.prototypes": [0, 3, 3, 0, 4, 0]],
      users: ["a", "b"]
    ).figures
    func entropy(_ v: [Double]) -> Double {
      let sum = v.reduce(0) { $0 + exp($1) }
      return v.reduce(0) { $0 - exp($1) / sum * log(exp($1) / sum) }
    }
    let expected = [
      ("users/entropy", (entropy([1, 0, -1]) + entropy([0, 2, 0])) / 2), ("prototypes/unused", 1),
      ("prototypes/distance/0/1", 5), ("prototypes/distance/0/2", 3),
      ("prototypes/distance/1/2", 4),
    ]
    #expect(found.map(\.name) == expected.map(\.0))
    expect(found.map(\.value), expected.map(\.1))
    // Rewards in a hull have no points.
    let linear = model(IdealPointHeadOptions(form: .linear, prototypes: 2), [:]).figures
    #expect(linear.map(\.name) == ["users/entropy", "prototypes/unused"])
  }

  /// §5.3, partition mode: softmax in training, the largest alone afterwards, which is the first prototype here.
  @Test func partition() throws {
    let options = IdealPointHeadOptions(
      form: .distance, prototypes: 2, dimension: 2, partition: true)
    let built = model(
      options, ["weight": identity, "head.prototypes": identity, "head.users": v])
    expect(scores(built), [-hypot(0.2, 0.3), -hypot(0.9, 0.9)])
    var told = PairConditions()
    told.ids[.annotator] = [0]
    let input = ModelInput.conditioned(.dense(Tensor([2, 2], pair)), told)
    let training = built.output(
      input, Weights(built.store), dropout: DropoutKey(key: 1, start: 0))
    expect(training.scores.value.array.map(Double.init), [-0.1104813370, -0.8343499127])
    // Weights still have a slope, by which new users are fitted.
    let tape = Tape()
    let output = built.output(input, Weights(built.store, on: tape), dropout: nil)
    var gradients = Tensor.zeros([built.store.count])
    tape.backward(from: output.scores.sum(), into: &gradients)
    let users = try #require(built.store.parameters.first { $0.name == "head.users" })
    #expect(gradients.array[users.offset] != 0)
  }

  /// One prototype, or prototypes that are alike: it does not matter who judges.
  @Test(arguments: IdealPointHeadOptions.Form.allCases)
  func usersWithoutAChoice(form: IdealPointHeadOptions.Form) {
    let names = ["a", "b", "c"]
    let one = model(
      IdealPointHeadOptions(form: form, prototypes: 1, dimension: 2),
      ["head.users": [3, -1, 0.5]], users: names)
    let found = scores(one, users: [0, 1, 2])
    expect(Array(found[2...]), Array(found[..<2] + found[..<2]))
    #expect(scores(one, users: [2, 0, 1]) == found)
    guard form != .linear else { return }
    let alike = model(
      IdealPointHeadOptions(form: form, prototypes: 2, dimension: 2),
      ["head.prototypes": [0.5, 0.5, -1, -1]], users: names)
    let same = scores(alike, users: [0, 1, 2])
    expect(Array(same[2...]), Array(same[..<2] + same[..<2]))
  }

  /// §5.4: μ = (½, −1), log σ² = (−0.3, 0.2), ε = (0.4, −1.1).
  @Test func latentVectors() {
    func row(_ values: [Float]) -> Variable { Variable(constant: Tensor([1, 2], values)) }
    let z = LatentVector.drawn(
      row([0.5, -1]), row([-0.3, 0.2]), noise: Tensor([1, 2], [0.4, -1.1]))
    expect(z.value.array.map(Double.init), [0.8442831906, -2.2156880099])
    expect(
      LatentVector.scaled(z).value.array.map(Double.init), [0.5035636139, -1.3215232449])
    #expect(LatentVector.scaled(row([0, 0])).value.array == [0, 0])
  }

  /// `encoder: linear` adds up what differences say, `decoder: linear` weighs rewards with z: by hand, in double
  /// precision.
  @Test func linearLatents() {
    func output(_ final: VariationalHeadOptions.FinalLatent, repeats: Int = 1) -> RewardOutput {
      let built = model(
        VariationalHeadOptions(
          latent: 2, finalLatent: final, encoder: .linear, decoder: .linear),
        [
          // r = 0.2 x₁ − 0.1 x₂ + z₁ x₁ + z₂ x₂; codes 0.5 x₁ and 0.25 x₂
          "weight": [0.2, -0.1, 1, 0, 0, 1, 0.5, 0, 0, 0.25],
          "head.mean.bias": [0.1, -0.2],
          "head.log_variance.weight": [0.3, 0, 0, -0.3], "head.log_variance.bias": [0.05, 0.1],
        ])
      var told = PairConditions()
      told.ids[.annotator] = [0]
      // Differences (0.8, −0.4) and (−0.2, 0.4): codes (0.4, −0.1) and (−0.1, 0.1), sum (0.3, 0).
      let context: [Float] = [1, 0.5, 0.2, 0.9, 0.1, 0.4, 0.3, 0]
      told.context = PairContext(
        rows: .dense(Tensor([4 * repeats, 2], (0..<repeats).flatMap { _ in context })),
        offsets: [0, Int32(2 * repeats)])
      return built.output(
        .conditioned(.dense(Tensor([2, 2], pair)), told), Weights(built.store), dropout: nil)
    }
    func numbers(_ found: Variable?) -> [Double] { found?.value.array.map(Double.init) ?? [] }
    let scaled = output(.meanNormalised)
    expect(numbers(scaled.pairs["latent_mean"]), [0.4, -0.2])
    expect(numbers(scaled.pairs["latent_logvar"]), [0.14, 0.1])
    // z = (0.4, −0.2) at length √2
    expect(numbers(scaled.scores), [0.9521921917, -0.5127188724])
    expect(numbers(output(.mean).scores), [0.39, -0.21])
    // The more pairs say so the surer it is, up to 1.
    expect(numbers(output(.mean, repeats: 4).pairs["latent_mean"]), [1, -0.2])
  }

  /// Either half may be linear; each has its own share of a completion's numbers.
  @Test(arguments: [
    (VariationalHeadOptions.Form.mlp, VariationalHeadOptions.Form.mlp, 5),
    (.linear, .mlp, 8), (.mlp, .linear, 9), (.linear, .linear, 7),
  ])
  func widths(
    _ encoder: VariationalHeadOptions.Form, _ decoder: VariationalHeadOptions.Form, _ width: Int
  ) {
    let options = VariationalHeadOptions(latent: 3, hidden: 5, encoder: encoder, decoder: decoder)
    #expect(options.width(DataFacts(featureWidth: 2, hasTexts: false)) == width)
    contextsAreSets(options)
  }

  /// The labelled pairs of somebody are a set: their order changes no bit that matters.
  private func contextsAreSets(_ options: VariationalHeadOptions) {
    let built = model(options, [:])
    var random = CounterRandom(seed: 4, stream: "contexts")
    let pairs = (0..<4).map { _ in (0..<4).map { _ in Float(random.normal()) } }
    func output(_ order: [Int]) -> RewardOutput {
      var told = PairConditions()
      told.ids[.annotator] = [0]
      told.context = PairContext(
        rows: .dense(Tensor([2 * order.count, 2], order.flatMap { pairs[$0] })),
        offsets: [0, Int32(order.count)])
      return built.output(
        .conditioned(.dense(Tensor([2, 2], pair)), told), Weights(built.store), dropout: nil)
    }
    let plain = output([0, 1, 2, 3])
    for order in [[3, 1, 0, 2], [1, 0, 3, 2]] {
      let turned = output(order)
      for name in ["latent_mean", "latent_logvar"] {
        let (a, b) = (plain.pairs[name]?.value.array ?? [], turned.pairs[name]?.value.array ?? [9])
        expect(a.map(Double.init), b.map(Double.init))
      }
      expect(
        plain.scores.value.array.map(Double.init), turned.scores.value.array.map(Double.init))
    }
    // Another set is somebody else.
    #expect(output([0]).scores.value.array != output([1]).scores.value.array)
  }
}
