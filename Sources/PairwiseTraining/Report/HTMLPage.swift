/// What every page that Pairwise writes begins with.
enum HTMLPage {
  /// From the document type to the end of the head. The policy forbids scripts, the network and files beside
  /// the page.
  static func head(title: Markup, style: Markup) -> Markup {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
    <title>\(title)</title>
    <style>
    \(style)
    </style>
    </head>
    """
  }
}
