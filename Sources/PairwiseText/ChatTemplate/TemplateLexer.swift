internal import PairwiseConfig

/// Cuts a template into tokens by Jinja2's rules with `trim_blocks` and `lstrip_blocks` on, as transformers
/// sets them: the first line break after a block goes, and so do blanks before a block that begins its line.
struct TemplateLexer {
  private let source: [Unicode.Scalar]
  let file: String
  private var position = 0
  private var tokens: [TemplateToken] = []
  /// The line of `lineMark`, counted on as needed.
  private var line = 1
  private var lineMark = 0

  init(_ text: String, file: String) {
    self.file = file
    var source: [Unicode.Scalar] = []
    source.reserveCapacity(text.utf8.count)
    var lastWasReturn = false
    for scalar in text.unicodeScalars {
      if scalar == "\n", lastWasReturn {
        lastWasReturn = false
        continue
      }
      lastWasReturn = scalar == "\r"
      source.append(scalar == "\r" ? "\n" : scalar)
    }
    // One line break at the end of a template is not part of it.
    if source.last == "\n" { source.removeLast() }
    self.source = source
  }

  mutating func run() throws(TextError) -> [TemplateToken] {
    while position < source.count { try readPiece() }
    add(.end)
    return tokens
  }

  func error(_ line: Int, _ message: String) -> TextError {
    TextError(file: file, place: "line \(line)", message)
  }

  // MARK: Outside marks

  /// Text up to the next mark, and what the mark opens.
  private mutating func readPiece() throws(TextError) {
    let start = position
    guard let mark = nextMark(from: start) else {
      add(.data(text(start..<source.count)))
      position = source.count
      return
    }
    let kind = source[mark + 1]
    let sign = peek(mark + 2)
    addData(start..<mark, sign: sign, stripsLine: kind != "{")
    position = mark + 2
    if sign == "-" || sign == "+" { position += 1 }
    switch kind {
    case "#": try skipComment()
    case "%":
      if let body = rawBegin() {
        position = body
        return try readRaw()
      }
      add(.blockBegin, at: mark)
      try readCode("%")
    default:
      add(.variableBegin, at: mark)
      try readCode("}")
    }
  }

  /// The next `{{`, `{%` or `{#`.
  private func nextMark(from start: Int) -> Int? {
    var index = start
    while index + 1 < source.count {
      if source[index] == "{", ["{", "%", "#"].contains(source[index + 1]) { return index }
      index += 1
    }
    return nil
  }

  /// Text before a mark, without the white space that the mark takes away.
  private mutating func addData(
    _ range: Range<Int>, sign: Unicode.Scalar?, stripsLine: Bool
  ) {
    var end = range.upperBound
    if sign == "-" {
      while end > range.lowerBound, source[end - 1].isTemplateSpace { end -= 1 }
    } else if sign != "+", stripsLine {
      var lineStart = end
      while lineStart > range.lowerBound, source[lineStart - 1] != "\n" { lineStart -= 1 }
      let beginsLine = lineStart == 0 || source[lineStart - 1] == "\n"
      if beginsLine, source[lineStart..<end].allSatisfy(\.isTemplateSpace) { end = lineStart }
    }
    if end > range.lowerBound { add(.data(text(range.lowerBound..<end)), at: range.lowerBound) }
  }

  private mutating func skipComment() throws(TextError) {
    let start = position
    while position < source.count {
      if isAt("#}", position) {
        let sign = position > start ? source[position - 1] : nil
        position += 2
        skipAfterBlock(sign: sign)
        return
      }
      position += 1
    }
    throw error(line(at: max(0, start - 1)), "a comment '{#' without its '#}'")
  }

  /// After a block: all white space with a minus, one line break without a sign.
  private mutating func skipAfterBlock(sign: Unicode.Scalar?) {
    if sign == "-" {
      skipSpace()
    } else if sign != "+", peek(position) == "\n" {
      position += 1
    }
  }

  // MARK: Raw text

  /// Where the body begins if a `raw` block was opened here.
  private func rawBegin() -> Int? {
    guard var index = word("raw", at: position) else { return nil }
    if isAt("-%}", index) {
      index += 3
      while index < source.count, source[index].isTemplateSpace { index += 1 }
      return index
    }
    return isAt("%}", index) ? index + 2 : nil
  }

  private mutating func readRaw() throws(TextError) {
    let start = position
    var mark = start
    while mark < source.count {
      if isAt("{%", mark) {
        let sign = peek(mark + 2)
        let isSigned = sign == "-" || sign == "+"
        if let end = word("endraw", at: mark + (isSigned ? 3 : 2)) {
          let closing = peek(end)
          let isClosingSigned = closing == "-" || closing == "+"
          if isAt("%}", end + (isClosingSigned ? 1 : 0)) {
            addData(start..<mark, sign: sign, stripsLine: true)
            position = end + (isClosingSigned ? 3 : 2)
            return skipAfterBlock(sign: closing)
          }
        }
      }
      mark += 1
    }
    throw error(line(at: start), "a block 'raw' without its 'endraw'")
  }

  /// The place behind `word` and the white space around it, if it stands here.
  private func word(_ word: String, at start: Int) -> Int? {
    var index = start
    while index < source.count, source[index].isTemplateSpace { index += 1 }
    guard isAt(word, index) else { return nil }
    index += word.unicodeScalars.count
    while index < source.count, source[index].isTemplateSpace { index += 1 }
    return index
  }

  // MARK: Inside marks

  /// Tokens up to and including the closing mark, which brackets hide.
  private mutating func readCode(_ kind: Unicode.Scalar) throws(TextError) {
    let opened = position
    var brackets: [Unicode.Scalar] = []
    while position < source.count {
      if source[position].isTemplateSpace {
        position += 1
        continue
      }
      if brackets.isEmpty, closes(kind) { return }
      try readToken(&brackets)
    }
    let mark = kind == "%" ? "{%" : "{{"
    throw error(line(at: max(0, opened - 1)), "'\(mark)' is never closed")
  }

  private mutating func closes(_ kind: Unicode.Scalar) -> Bool {
    let sign = source[position]
    let isSigned = sign == "-" || kind == "%" && sign == "+"
    let at = position + (isSigned ? 1 : 0)
    guard isAt(kind == "%" ? "%}" : "}}", at) else { return false }
    add(kind == "%" ? .blockEnd : .variableEnd)
    position = at + 2
    if kind == "%" {
      skipAfterBlock(sign: isSigned ? sign : nil)
    } else if isSigned {
      skipSpace()
    }
    return true
  }

  private mutating func readToken(_ brackets: inout [Unicode.Scalar]) throws(TextError) {
    let scalar = source[position]
    if scalar.isDigit { return try readNumber() }
    if scalar == "'" || scalar == "\"" { return try readString(scalar) }
    if scalar.isNamePart {
      let start = position
      while position < source.count, source[position].isNamePart { position += 1 }
      guard position - start <= 200 else {
        throw error(line(at: start), "a name of more than 200 characters")
      }
      return add(.name(text(start..<position)), at: start)
    }
    for sign in ["//", "**", "==", "!=", ">=", "<="] where isAt(sign, position) {
      add(.sign(sign))
      position += 2
      return
    }
    guard "+-/*%~[](){}<>=.:|,;".unicodeScalars.contains(scalar) else {
      throw error(line(at: position), "unexpected \(Wording.quoted(String(Character(scalar))))")
    }
    switch scalar {
    case "(": brackets.append(")")
    case "[": brackets.append("]")
    case "{": brackets.append("}")
    case ")", "]", "}":
      guard let expected = brackets.popLast() else {
        throw error(line(at: position), "unexpected '\(scalar)'")
      }
      guard expected == scalar else {
        throw error(line(at: position), "expected '\(expected)', found '\(scalar)'")
      }
    default: break
    }
    add(.sign(String(Character(scalar))))
    position += 1
  }

  private mutating func readNumber() throws(TextError) {
    let start = position
    func digits(_ from: Int) -> Int {
      var index = from
      while let next = peek(index), next.isDigit || next == "_" { index += 1 }
      return index
    }
    position = digits(start)
    var isFloat = false
    if peek(position) == ".", peek(position + 1)?.isDigit == true {
      position = digits(position + 1)
      isFloat = true
    }
    if peek(position) == "e" || peek(position) == "E" {
      let signed = peek(position + 1) == "+" || peek(position + 1) == "-" ? 2 : 1
      if peek(position + signed)?.isDigit == true {
        position = digits(position + signed)
        isFloat = true
      }
    }
    let digitsOnly = text(start..<position).filter { $0 != "_" }
    if isFloat, let value = Double(digitsOnly), value.isFinite {
      return add(.number(value), at: start)
    }
    guard !isFloat, let value = Int(digitsOnly) else {
      throw error(line(at: start), "a number that does not fit: \(Wording.quoted(digitsOnly))")
    }
    add(.integer(value), at: start)
  }

  private mutating func readString(_ quote: Unicode.Scalar) throws(TextError) {
    let start = position
    position += 1
    var value = String.UnicodeScalarView()
    while position < source.count {
      let scalar = source[position]
      position += 1
      if scalar == quote { return add(.string(String(value)), at: start) }
      if scalar == "\\" {
        try readEscape(into: &value)
      } else {
        value.append(scalar)
      }
    }
    throw error(line(at: start), "a string that is never closed")
  }

  /// Python's escapes; a backslash before anything else stays.
  private mutating func readEscape(into value: inout String.UnicodeScalarView) throws(TextError) {
    guard let scalar = peek(position) else { return }
    position += 1
    switch scalar {
    case "\n": break
    case "n": value.append("\n")
    case "t": value.append("\t")
    case "r": value.append("\r")
    case "a": value.append("\u{07}")
    case "b": value.append("\u{08}")
    case "f": value.append("\u{0C}")
    case "v": value.append("\u{0B}")
    case "\\", "'", "\"": value.append(scalar)
    case "0"..."7":
      position -= 1
      try readCode(digits: 1...3, radix: 8, into: &value)
    case "x": try readCode(digits: 2...2, radix: 16, into: &value)
    case "u": try readCode(digits: 4...4, radix: 16, into: &value)
    case "U": try readCode(digits: 8...8, radix: 16, into: &value)
    case "N": throw error(line(at: position), "the escape '\\N' is not supported")
    default:
      value.append("\\")
      value.append(scalar)
    }
  }

  private mutating func readCode(
    digits: ClosedRange<Int>, radix: Int, into value: inout String.UnicodeScalarView
  ) throws(TextError) {
    let start = position
    var code = UInt32(0)
    while position - start < digits.upperBound, let scalar = peek(position),
      let digit = Character(scalar).hexDigitValue, scalar.isASCII, digit < radix
    {
      // At most eight hexadecimal digits: 32 bits.
      code = code * UInt32(radix) + UInt32(digit)
      position += 1
    }
    guard position - start >= digits.lowerBound, let scalar = Unicode.Scalar(code) else {
      throw error(line(at: start), "an escape that is no character")
    }
    value.append(scalar)
  }

  // MARK: Places

  private func peek(_ index: Int) -> Unicode.Scalar? {
    index < source.count ? source[index] : nil
  }

  private func isAt(_ text: String, _ index: Int) -> Bool {
    var at = index
    for scalar in text.unicodeScalars {
      guard at < source.count, source[at] == scalar else { return false }
      at += 1
    }
    return true
  }

  private mutating func skipSpace() {
    while position < source.count, source[position].isTemplateSpace { position += 1 }
  }

  private func text(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: source[range])
    return String(view)
  }

  private mutating func add(_ kind: TemplateToken.Kind, at place: Int? = nil) {
    tokens.append(TemplateToken(kind: kind, line: line(at: place ?? position)))
  }

  /// The line of a place; cheap because places come in ascending order.
  private mutating func line(at place: Int) -> Int {
    if place < lineMark { (line, lineMark) = (1, 0) }
    while lineMark < min(place, source.count) {
      if source[lineMark] == "\n" { line += 1 }
      lineMark += 1
    }
    return line
  }
}
