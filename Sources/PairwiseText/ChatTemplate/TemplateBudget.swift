/// What a rendering has used up, so that no template can hang the program or fill its memory.
struct TemplateBudget {
  /// Work left. A step of evaluation costs 1, an item of a list 4, and 16 bytes of text 1.
  private var left: Int
  /// Bytes of text that may still come out.
  private var outputLeft: Int

  init(_ limits: ChatTemplate.Limits) {
    left = limits.steps
    outputLeft = limits.outputBytes
  }

  mutating func spend(_ amount: Int) throws(TemplateFailure) {
    guard amount <= left else {
      throw TemplateFailure("the template needs more steps than a rendering may take")
    }
    left -= amount
  }

  mutating func spend(bytes: Int) throws(TemplateFailure) { try spend(1 + bytes / 16) }

  mutating func spend(items: Int) throws(TemplateFailure) {
    let (cost, overflow) = items.multipliedReportingOverflow(by: 4)
    try spend(overflow ? .max : cost)
  }

  mutating func output(bytes: Int) throws(TemplateFailure) {
    guard bytes <= outputLeft else {
      throw TemplateFailure("the rendered text is longer than a rendering may be")
    }
    outputLeft -= bytes
    try spend(bytes: bytes)
  }
}

/// Something a template cannot do; the line is added where it is known.
struct TemplateFailure: Error {
  var message: String
  /// Set once by the innermost expression or statement.
  var line: Int?

  init(_ message: String) { self.message = message }

  func at(_ line: Int) -> TemplateFailure {
    var copy = self
    if copy.line == nil { copy.line = line }
    return copy
  }
}
