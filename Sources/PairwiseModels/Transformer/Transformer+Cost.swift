extension Transformer {
  /// What a microbatch costs: products by their sizes, attention by the rows that see each other.
  ///
  /// - Parameters:
  ///   - hasLogits: whether the vocabulary is computed at the scored tokens.
  ///   - isFrozen: whether weights get no gradients (LoRA).
  func cost(_ load: TokenLoad, activationBudget: Int, hasLogits: Bool, isFrozen: Bool) -> ModelCost
  {
    let c = config
    let mlp = (c.isGated ? 3 : 2) * c.hiddenSize * c.mlpSize
    let attention = c.hiddenSize * (2 * c.queryWidth + 2 * c.keyWidth)
    let perRow = Double(c.layers) * Double(mlp + attention) * 2
    let pairs = Double(c.layers) * 4 * Double(c.queryWidth)
    let head = hasLogits ? 2 * Double(c.vocabularySize) * Double(c.hiddenSize) : 0
    let body = perRow * Double(load.rows) + pairs * load.attended
    let forward = body + head * Double(load.scored)
    let logits = hasLogits ? min(activationBudget / 4, 4 * load.scored * c.vocabularySize) : 0
    let pass = ForwardPass(activationBudget: activationBudget - logits)
    let kept = Double(keptBlocks(rows: load.rows, pass)) / Double(max(1, c.layers))
    let again = body * (1 - kept)
    return ModelCost(
      operations: forward * (isFrozen ? 2 : 3) + again, forwardOperations: forward,
      activationBytes: activationBytes(rows: load.rows, pass) + logits)
  }
}
