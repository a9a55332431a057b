internal import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// `head: {kind: mixture}`: K rewards a completion, and a router that says how much each counts for a pair.
///
/// P(a ≻ b) = Σ_k w_k σ(r_k(a) − r_k(b)), w = softmax(router). A completion's own score is Σ_k w_k r_k.
///
/// `router: inferred` keeps nothing of an annotator: w is the posterior over the K parts given other pairs that they
/// judged, so that it is never surer than those pairs allow. That router is a choice of ours.
///
/// - Source: Shen et al. 2025, "MiCRo" (arXiv 2505.24846).
public struct MixtureHeadOptions: HeadOptions {
  public static let kind = "mixture"
  public static let summary = "K rewards and a router that says how much each counts"

  /// K ≥ 1.
  public var heads: Int
  public var router: RouterKind
  /// Width of the router's hidden layer; 0 for none.
  public var routerHidden: Int
  /// Labelled pairs of the same annotator that an inferring router reads at most.
  public var context: ContextSize
  /// What a router by names makes of a new one.
  public var newUser: NewUser
  /// How the router learns.
  public var training: TableTraining

  public init(
    heads: Int = 10, router: RouterKind = .static, routerHidden: Int = 0,
    context: ContextSize = .init(most: 16), newUser: NewUser = .error,
    training: TableTraining = .init()
  ) {
    (self.heads, self.router, self.routerHidden) = (heads, router, routerHidden)
    (self.context, self.newUser, self.training) = (context, newUser, training)
  }

  public init(from reader: inout SectionReader) {
    heads = reader.value("heads", default: 10, .closed(1...1024), "K, rewards of a completion.")
    router = RouterKind(
      reader.value(
        "router", default: "static", "What the weights depend on: \(RouterKind.doc)."))
    routerHidden = reader.value(
      "router_hidden_size", default: 0, .closed(0...4096),
      "Width of a hidden layer of a router on a prompt or on numbers; 0: none.")
    context = ContextSize(from: &reader, default: 16)
    newUser = NewUser(from: &reader)
    training = TableTraining(from: &reader, "router", "the router's own weights")
  }

  public var needs: HeadNeeds {
    var needs = HeadNeeds()
    switch router {
    case .static: break
    case .inferred: (needs.names, needs.context) = ([.annotator], context)
    case .names(let column): (needs.names, needs.newUser) = ([column], newUser)
    case .numbers(let column): needs.numbers = [column]
    case .prompt:
      needs.promptWidth = Router.promptWidth(router, outputs: heads, hidden: routerHidden)
    }
    return needs
  }

  /// Weights that the data give are of as many heads.
  public func problem(with data: DataFacts) -> String? {
    let given: PairColumn = "mixture_weights"
    if let width = data.widths[given], width != heads {
      return
        "model.head kind mixture has \(heads) heads, the column \(given.rawValue) \(width) numbers"
    }
    return missing(in: data)
  }

  public static var former: [ConfigNode.Entry] { [NewUser.former] }
  public var gives: Set<String> { ["head_scores", "router_logits"] }
  public var spread: Float? { 0.05 }
  public func width(_ data: DataFacts) -> Int { heads }

  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead {
    MixtureHead(
      heads: heads,
      router: builder.scoped("router") { scope in
        training.building(&scope) {
          Router(router, outputs: heads, hidden: routerHidden, newUser: newUser, data, &$0)
        }
      })
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "heads", value: heads.configNode),
      .init(key: "router", value: router.text.configNode),
      .init(key: "router_hidden_size", value: routerHidden.configNode),
    ] + context.configuration + [newUser.entry] + training.configuration("router")
  }
}

struct MixtureHead: RewardHead {
  let heads: Int
  let router: Router

  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    let logits = router.logits(x, weights)
    let logWeights = logits.logSoftmax()
    return RewardOutput(
      scores: x.rows.weightedSums(logWeights.exp()), rows: ["head_scores": x.rows],
      pairs: ["router_logits": logits],
      // In training objectives compute them of the scores.
      logOdds: x.dropout == nil ? odds(x, logWeights) : nil)
  }

  private func odds(_ x: HeadInput, _ logWeights: Variable) -> Variable {
    let margins = x.rows.strided(from: 0, by: 2) - x.rows.strided(from: 1, by: 2)
    return Variable.mixtureLogOdds(margins, logWeights: logWeights)
  }
}
