public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// What stands on top of the layers of a reward model: turns W numbers of each completion into rewards.
public protocol RewardHead: Sendable {
  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput
  /// What its own parameters tell of it, by name, for evaluations in training.
  func figures(_ store: ParameterStore) -> [(name: String, value: Double)]
}

extension RewardHead {
  public func figures(_ store: ParameterStore) -> [(name: String, value: Double)] { [] }
}

/// What a head reads of n pairs.
public struct HeadInput {
  /// `[2n, W]`: chosen of pair i in row 2i, rejected in row 2i + 1.
  public let rows: Variable
  public let conditions: PairConditions
  /// `[n, P]`: what the layers below make of the prompts, for heads that ask for them.
  public let prompts: Variable?
  /// `[2c, W]`: what they make of the labelled pairs of whoever judges.
  public let context: Variable?
  public let dropout: DropoutKey?

  /// n
  public var pairs: Int { rows.shape[0] / 2 }

  /// - Parameter values: what the layers below make of an input, `[2n, W]`.
  init(
    _ input: ModelInput, prompts: Variable? = nil, dropout: DropoutKey?,
    _ values: (ModelInput) -> Variable
  ) {
    conditions = input.told
    (self.prompts, self.dropout) = (prompts, dropout)
    guard let context = conditions.context else {
      (rows, self.context) = (values(input.bare), nil)
      return
    }
    // Every pair with its labelled pairs behind it goes through the layers at once: gradients then add up
    // in an order that no split into microbatches changes.
    var picks: [(input: Int, pair: Int)] = []
    var places: (own: [Int32], context: [Int32]) = ([], [])
    for pair in 0..<input.pairs {
      places.own += [Int32(2 * picks.count), Int32(2 * picks.count + 1)]
      picks.append((0, pair))
      for other in context.offsets[pair]..<context.offsets[pair + 1] {
        places.context += [Int32(2 * picks.count), Int32(2 * picks.count + 1)]
        picks.append((1, Int(other)))
      }
    }
    let all = values(ModelInput.gathered(picks, from: [input.bare, context.rows]))
    rows = all.rows(places.own)
    self.context = places.context.isEmpty ? nil : all.rows(places.context)
  }
}

/// What a head is told about a pair besides its completions.
public struct HeadNeeds: Sendable, Equatable {
  /// Columns whose values are names: annotator, group.
  public var names: [PairColumn] = []
  /// Columns of numbers.
  public var numbers: [PairColumn] = []
  /// Numbers P that the layers below are to make of each prompt; 0 if prompts are not read.
  public var promptWidth = 0
  /// Labelled pairs of the same annotator.
  public var context = ContextSize()
  /// What becomes of names that it does not know; nil where nothing is kept of names.
  public var newUser: NewUser?
  /// Whether a completion is judged beside the other one of its pair, and has no score of its own.
  public var otherSide = false

  /// Whether completions are all that it is told.
  public var isEmpty: Bool {
    names.isEmpty && numbers.isEmpty && promptWidth == 0 && context.most == 0
  }
}

/// The options of one kind of head in a config.
public protocol HeadOptions: Sendable {
  /// `kind` in the `model.head:` section.
  static var kind: String { get }
  static var summary: String { get }
  init(from reader: inout SectionReader)

  var needs: HeadNeeds { get }
  /// The further inputs that it gives to objectives, without the side.
  var gives: Set<String> { get }
  /// W, the numbers of each completion that it reads.
  func width(_ data: DataFacts) -> Int
  /// How weights that make these numbers start where no layer lies between them and a sparse text; nil: at 0.
  var spread: Float? { get }
  /// What the user should know before training on such data, or nil.
  func remark(on data: DataFacts) -> String?
  /// Why the data cannot feed it, or nil.
  func problem(with data: DataFacts) -> String?
  /// Registers its own parameters.
  func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead
  /// Its own keys, for `config.json`.
  var configuration: [ConfigNode.Entry] { get }
  /// Keys that came later, as models saved before them meant it.
  static var former: [ConfigNode.Entry] { get }
}

extension HeadOptions {
  public var needs: HeadNeeds { HeadNeeds() }
  public static var former: [ConfigNode.Entry] { [] }
  public func remark(on data: DataFacts) -> String? { nil }
  public var gives: Set<String> { [] }
  public var spread: Float? { nil }

  /// Whether the columns that it needs are there.
  public func problem(with data: DataFacts) -> String? { missing(in: data) }

  /// Which of the columns that it needs is not there, or nil.
  func missing(in data: DataFacts) -> String? {
    for column in needs.names where data.names[column, default: []].isEmpty {
      return "model.head kind \(Self.kind) needs the column \(column.rawValue), the data has none"
    }
    for column in needs.numbers where data.widths[column] == nil {
      return "model.head kind \(Self.kind) needs the column \(column.rawValue), the data has none"
    }
    return nil
  }
}

/// The kinds of head. This list is the only place that names them all.
public let headKinds: [any HeadOptions.Type] = [
  ScalarHeadOptions.self, AttributeHeadOptions.self, DistributionHeadOptions.self,
  MixtureHeadOptions.self, ContextHeadOptions.self, IdealPointHeadOptions.self,
  VariationalHeadOptions.self, JointHeadOptions.self,
]

extension HeadOptions {
  /// The options as they are without a config.
  public static var standard: any HeadOptions {
    ConfigReader.described(VariantOption<any HeadOptions>(kind, summary) { Self(from: &$0) })
  }
}

/// `model.head:`
public struct HeadSection: Sendable {
  public var options: any HeadOptions

  public init(_ options: any HeadOptions = ScalarHeadOptions()) { self.options = options }

  public init(from reader: inout SectionReader) {
    let kinds = headKinds.map { type in
      VariantOption<any HeadOptions>(type.kind, type.summary) { reader in type.init(from: &reader) }
    }
    options =
      reader.variant(
        "head", discriminator: "kind", options: kinds, default: ScalarHeadOptions.kind,
        "What stands on top: how the model's numbers become rewards.") ?? ScalarHeadOptions()
  }

  /// Why the data cannot feed the head of a model with that dropout below it, or nil.
  func problem(with data: DataFacts, dropout: Float) -> String? {
    if options.needs.context.most > 0 && dropout > 0 {
      return "model.dropout: model.head kind \(type(of: options).kind) needs layers without dropout"
    }
    return options.problem(with: data)
  }

  /// What the user should see before training.
  func remarks(_ data: DataFacts) -> [String] {
    var remarks = options.remark(on: data).map { [$0] } ?? []
    if options.needs.context.most > 0 {
      remarks.append(
        "model.head kind \(type(of: options).kind) reads labelled pairs: final/ keeps up to "
          + "\(options.needs.context.most) of every annotator; --context FILE tells of others")
    }
    return remarks
  }

  /// For `config.json`: nil for the plain head, so that older files stay as they were.
  var configuration: ConfigNode.Entry? {
    if options is ScalarHeadOptions { return nil }
    var entries: [ConfigNode.Entry] = [.init(key: "kind", value: type(of: options).kind.configNode)]
    entries += options.configuration
    return .init(key: "head", value: ConfigNode(.table(entries)))
  }

  /// A saved `head:` with the keys that came after it was saved.
  static func complete(_ entry: ConfigNode.Entry) -> ConfigNode.Entry {
    guard entry.key == "head", case .table(let entries) = entry.value.value,
      case .string(let kind)? = entry.value["kind"]?.value,
      let type = headKinds.first(where: { $0.kind == kind })
    else { return entry }
    let missing = type.former.filter { entry.value[$0.key] == nil }
    return .init(key: "head", value: ConfigNode(.table(entries + missing)))
  }

  /// Names and widths of the columns that the head reads, for `config.json`.
  func known(_ data: DataFacts) -> ConfigNode.Entry? {
    if options.needs.names.isEmpty && options.needs.numbers.isEmpty { return nil }
    let names = options.needs.names.map { column in
      ConfigNode.Entry(key: column.rawValue, value: data.names[column, default: []].configNode)
    }
    let widths = options.needs.numbers.map { column in
      ConfigNode.Entry(key: column.rawValue, value: data.widths[column, default: 1].configNode)
    }
    return .init(key: "columns", value: ConfigNode(.table(names + widths)))
  }
}

extension DataFacts {
  /// Reads what `HeadSection.known` wrote.
  mutating func readColumns(savedIn configuration: ConfigNode) {
    guard case .table(let entries)? = configuration["columns"]?.value else { return }
    for entry in entries {
      switch entry.value.value {
      case .list(let items):
        names[PairColumn(entry.key)] = items.compactMap {
          if case .string(let name) = $0.value { name } else { nil }
        }
      case .int(let width) where (1...PairColumn.maxWidth).contains(width):
        widths[PairColumn(entry.key)] = width
      default: break
      }
    }
  }
}
