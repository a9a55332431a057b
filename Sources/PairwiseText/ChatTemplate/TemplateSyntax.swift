/// An expression of a template.
struct TemplateExpression: Sendable {
  indirect enum Kind: Sendable {
    case constant(TemplateValue)
    case name(String)
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(
      TemplateExpression, from: TemplateExpression?, to: TemplateExpression?,
      step: TemplateExpression?)
    case call(TemplateExpression, TemplateArguments)
    case filter(TemplateExpression, String, TemplateArguments)
    case test(TemplateExpression, String, TemplateArguments)
    case unary(UnaryOperator, TemplateExpression)
    case binary(BinaryOperator, TemplateExpression, TemplateExpression)
    /// `a < b < c` holds if all of its links do.
    case comparison(TemplateExpression, [(Comparison, TemplateExpression)])
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case conditional(TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
    case list([TemplateExpression], isTuple: Bool)
    case table([(key: TemplateExpression, value: TemplateExpression)])
  }

  enum UnaryOperator: Sendable { case not, minus, plus }

  enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
    case concatenate = "~"
  }

  enum Comparison: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, isIn, isNotIn
  }

  var kind: Kind
  var line: Int
  /// Expressions inside one another, this one included.
  var depth: Int
}

/// What is passed to a call, a filter or a test.
struct TemplateArguments: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []

  var depth: Int {
    max(positional.lazy.map(\.depth).max() ?? 0, named.lazy.map(\.value.depth).max() ?? 0)
  }
}

/// Where an assignment goes.
enum TemplateTarget: Sendable {
  case name(String)
  case attribute(of: String, String)
  case tuple([TemplateTarget])
}

/// A statement of a template, or text between statements.
struct TemplateStatement: Sendable {
  indirect enum Kind: Sendable {
    case text(String)
    case output(TemplateExpression)
    /// The first branch whose condition holds; nil always does.
    case branches([(condition: TemplateExpression?, body: [TemplateStatement])])
    case loop(
      TemplateTarget, over: TemplateExpression, where: TemplateExpression?,
      body: [TemplateStatement], otherwise: [TemplateStatement])
    case assign(TemplateTarget, TemplateExpression)
    case capture(TemplateTarget, [TemplateStatement])
    /// A body whose assignments end with it: `with`, `generation`.
    case scope([(name: String, value: TemplateExpression)], [TemplateStatement])
    case macro(TemplateMacro)
    case leaveLoop
    case nextTurn
  }

  var kind: Kind
  var line: Int
}

/// A named piece of template with parameters.
struct TemplateMacro: Sendable {
  var name: String
  var parameters: [(name: String, standard: TemplateExpression?)]
  var body: [TemplateStatement]
}
