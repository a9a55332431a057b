public import PairwiseData
public import PairwiseModels

/// A page that shows completions with their tokens shaded: one HTML file that needs nothing else, under the
/// rules of `RunReport`.
public struct TokenPage {
  private let title: String
  private let measures: [String]
  private let pairs: [ShadedPair]

  public init(title: String, measures: [String], pairs: [ShadedPair]) {
    (self.title, self.measures, self.pairs) = (title, measures, pairs)
  }

  /// Writes the page into a run's folder.
  public func write(to folder: RunFolder) throws(DataError) {
    try folder.write(Array(html.utf8), to: folder.tokens)
  }

  /// The document.
  public var html: String {
    let sections = measures.indices.map(section)
    let style: Markup = "\(RunReportStyle.sheet)\n\(TokenPage.style)"
    let document: Markup = """
      \(HTMLPage.head(title: "\(HTMLText.shortened(title, to: 120)) – tokens", style: style))
      <body>
      <header>
      <p class="eyebrow">Tokens</p>
      <h1><bdi>\(HTMLText.shortened(title, to: 120))</bdi></h1>
      <p class="lede">Each token is shaded by a number. Blue is above 0 and vermilion below; the deepest shade is
      the largest size in its pair. Hold the pointer over a token to read the number.</p>
      </header>
      <main>
      \(sections)\
      </main>
      </body>
      </html>

      """
    return document.text
  }

  private static let style: Markup = """
    .tokens { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.9; margin: 4px 0 12px }
    .tokens span { border-radius: 3px; box-decoration-break: clone; -webkit-box-decoration-break: clone }
    .prompt { white-space: pre-wrap; overflow-wrap: anywhere; color: var(--soft) }
    """

  private func section(_ measure: Int) -> Markup {
    let pairs = pairs.enumerated().map { index, pair -> Markup in
      let scale = pair.largest(measure)
      return """
        <article>
        <h3>Pair \(index + 1)</h3>
        <p class="prompt">\(HTMLText.shortenedToEnd(pair.prompt, to: 600))</p>
        <h3>Chosen, \(TokenPage.total(pair.chosen, measure))</h3>
        <p class="tokens">\(TokenPage.spans(pair.chosen, measure, scale))</p>
        <h3>Rejected, \(TokenPage.total(pair.rejected, measure))</h3>
        <p class="tokens">\(TokenPage.spans(pair.rejected, measure, scale))</p>
        </article>

        """
    }
    return """
      <section>
      <h2>\(measures[measure])</h2>
      <p class="lead">\(TokenPage.meaning(measures[measure]))</p>
      \(pairs)\
      </section>

      """
  }

  /// What a measure says.
  static func meaning(_ measure: String) -> String {
    switch measure {
    case "credit":
      "What each token adds to the implicit reward: β times its log-ratio to the reference."
    case "log-prob": "The log-probability of each token; there is no reference."
    case "activation": "How active the reference is where it predicts each token, 0 to 1."
    default: "What the trained mask network makes of each token: 0 means that it does not count."
    }
  }

  private static func total(_ tokens: [ShadedPair.Token], _ measure: Int) -> String {
    let numbers = tokens.compactMap { $0.numbers.isEmpty ? nil : Double($0.numbers[measure]) }
    let zeros = numbers.count { $0 == 0 }
    let sum = NumberText.figure(numbers.reduce(0, +))
    return "sum \(sum) over \(numbers.count) tokens" + (zeros > 0 ? ", \(zeros) exactly 0" : "")
  }

  private static func spans(_ tokens: [ShadedPair.Token], _ measure: Int, _ scale: Float)
    -> [Markup]
  {
    tokens.map { token in
      // A character that spans tokens stands at the last of them.
      let text = token.text.isEmpty ? "·" : token.text
      guard !token.numbers.isEmpty else { return "<span>\(text)</span>" }
      let number = token.numbers[measure]
      let share = Int((75 * abs(number) / max(scale, 1e-30)).rounded())
      let colour = number < 0 ? "c2" : "c1"
      return """
        <span style="background:color-mix(in srgb,var(--\(colour)) \(share)%,transparent)" \
        title="\(NumberText.figure(Double(number)))">\(text)</span>
        """
    }
  }
}

extension ShadedPair {
  /// The largest size of a number of this pair.
  public func largest(_ measure: Int) -> Float {
    (chosen + rejected).reduce(0) { largest, token in
      token.numbers.isEmpty ? largest : max(largest, abs(token.numbers[measure]))
    }
  }
}
