import Glibc
import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// What heads make of names that training did not show them, §5.3 of the methods reference (`new_user`).
@Suite("New users")
struct NewUserTests {
  private let folder = TemporaryFolder()

  private func model(_ head: any HeadOptions, _ values: [String: [Float]]) -> FeatureModel {
    var data = DataFacts(featureWidth: 2, hasTexts: false)
    data.names = [.annotator: ["a", "b"], .group: ["a", "b"]]
    var model = FeatureModel(data, options: FeatureModelOptions(head: HeadSection(head)))
    for parameter in model.store.parameters {
      guard let value = values[parameter.name] else { continue }
      model.store.set(parameter, to: Tensor(parameter.shape, value))
    }
    return model
  }

  /// The worked example's completions, scored for somebody unknown.
  private func scores(_ model: FeatureModel) -> [Double] {
    var told = PairConditions()
    (told.ids[.annotator], told.ids[.group]) = ([-1], [-1])
    let rows = Tensor([2, 2], [0.8, 0.3, 0.1, 0.9])
    return model.output(.conditioned(.dense(rows), told), Weights(model.store), dropout: nil)
      .scores.value.array.map(Double.init)
  }

  /// Users of weights (0.4, −0.4) and (1, 0.2): their mean is (0.7, −0.1), w = σ(0.8).
  @Test func idealPoints() {
    let values: [String: [Float]] = [
      "weight": [1, 0, 0, 1], "head.prototypes": [1, 0, 0, 1], "head.users": [0.4, -0.4, 1, 0.2],
    ]
    func expected(_ w: Double) -> [Double] {
      [(0.8, 0.3), (0.1, 0.9)].map { -hypot($0.0 - w, $0.1 - (1 - w)) }
    }
    for (newUser, w) in [(NewUser.uniform, 0.5), (.mean, 1 / (1 + exp(-0.8)))] {
      let options = IdealPointHeadOptions(
        form: .distance, prototypes: 2, dimension: 2, newUser: newUser)
      for (found, expected) in zip(scores(model(options, values)), expected(w)) {
        #expect(abs(found - expected) < 1e-6, "\(newUser): \(found), expected \(expected)")
      }
    }
  }

  @Test func mixturesAndContexts() {
    let values: [String: [Float]] = [
      "weight": [1, 0, 0, 1], "head.router.weight": [0.4, -0.4, 1, 0.2],
    ]
    for (newUser, w) in [(NewUser.uniform, 0.5), (.mean, 1 / (1 + exp(-0.8)))] {
      let options = MixtureHeadOptions(
        heads: 2, router: .names(.annotator), newUser: newUser)
      let found = scores(model(options, values))
      let expected = [0.8 * w + 0.3 * (1 - w), 0.1 * w + 0.9 * (1 - w)]
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(newUser): \(found)")
      let context = scores(
        model(ContextHeadOptions(by: .group, shared: false, newUser: newUser), values))
      #expect(zip(context, [0.55, 0.5]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(context)")
    }
  }

  /// Models saved before the key scored strangers by the mean of all, and still do.
  @Test(
    "are what they were to models saved before", arguments: ["ideal_point", "mixture", "context"])
  func savedBefore(kind: String) throws {
    let heads: [String: any HeadOptions] = [
      "ideal_point": IdealPointHeadOptions(), "context": ContextHeadOptions(by: .annotator),
      "mixture": MixtureHeadOptions(heads: 2, router: .names(.annotator)),
    ]
    let saved = model(try #require(heads[kind]), [:])
    try saved.save(to: folder.path, SavedNotes())
    func newUser() throws -> NewUser? {
      (try ModelDirectory.load(folder.path).model as? FeatureModel)?.headNeeds.newUser
    }
    #expect(try newUser() == .error)
    let path = folder.path + "/config.json"
    let text = String(decoding: try FileAccess.read(path, limit: 1 << 20), as: UTF8.self)
    let older = text.replacing(#/,\s*"new_user": "error"/#, with: "")
    #expect(older.count < text.count)
    try FileAccess.write(Array(older.utf8), to: path)
    #expect(try newUser() == .mean)
  }
}
