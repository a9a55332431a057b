internal import CKernels
internal import PairwiseTensor

/// A low-rank change of part of a weight (LoRA): rows `columns` of W become W + scale·b·a.
public struct LowRankUpdate {
  /// The columns of the result it adds to.
  public var columns: Range<Int>
  /// `[r, in]`.
  public var a: Variable
  /// `[columns.count, r]`.
  public var b: Variable
  public var scale: Float

  public init(columns: Range<Int>, a: Variable, b: Variable, scale: Float) {
    (self.columns, self.a, self.b, self.scale) = (columns, a, b, scale)
  }
}

extension Variable {
  /// residual + f(x)·Wᵀ + bias + Σ scale·f(x)·aᵀ·bᵀ: one node for a dense layer, what precedes it and
  /// what follows.
  ///
  /// `self` is `[…, N]`, f(x) `[…, in]`, `weight` `[out, in]`, `bias` `[out]`; `residual` and the result
  /// `[…, out]`. A row of the result depends on its own row alone. Only x and two numbers a row are kept
  /// for the pullback, which computes f(x) anew. Gradients of weights are added row by row; nothing is
  /// computed for constants. Traps if the shapes don't fit.
  public func dense(
    _ weight: Variable, bias: Variable? = nil, transform: InputTransform = .none,
    updates: [LowRankUpdate] = [], residual: Variable? = nil
  ) -> Variable {
    let x = value
    precondition(x.shape.rank >= 1, "dense: a scalar has no rows")
    var plan = TransformPlan(transform, rows: x.shape.rowCount, width: x.shape.rowLength)
    let layer = DensePlan(plan, weight, bias, updates)
    let shape = Shape(Array(x.shape.array.dropLast()) + [layer.outputs])
    precondition(
      residual.map { $0.shape == shape } ?? true,
      "dense: residual \(residual?.shape ?? []) for \(shape)")
    let features = plan.apply(x)
    let y = layer.value(features, starting: residual?.value, shape)
    let (input, skip, transformed) = (handle, residual?.handle, plan)
    let inputs = [self, weight, bias, residual].compactMap { $0 }
    let rest = transform.variables + updates.flatMap { [$0.a, $0.b] }
    return Variable.record(y, from: inputs + rest) { dy, cotangents in
      if let skip { cotangents.add(dy, to: skip) }
      var again = transformed
      let features = layer.wantsFeatures(cotangents) ? again.apply(x) : nil
      let wantsInput = cotangents.wants(input)
      let below = wantsInput || transformed.wantsParameters(cotangents)
      guard let slope = layer.pullback(features, dy, wantsFeatures: below, &cotangents) else {
        return
      }
      let dx = transformed.pullback(x, slope, wantsInput: wantsInput, &cotangents)
      if wantsInput { cotangents.add(dx.reshaped(x.shape), to: input) }
    }
  }
}

/// The linear part of `dense`: from the features f(x) `[rows, in]` on.
private struct DensePlan {
  struct Update {
    let columns: Range<Int>
    let rank: Int
    let scale: Float
    let a: Tensor, b: Tensor
    let aSlope: Variable, bSlope: Variable
  }

  let rows: Int, width: Int, outputs: Int
  let weight: Tensor
  let bias: Tensor?
  let weightSlope: Variable, biasSlope: Variable?
  let updates: [Update]

  init(
    _ features: TransformPlan, _ weight: Variable, _ bias: Variable?, _ updates: [LowRankUpdate]
  ) {
    (rows, width) = (features.rows, features.result)
    let (inner, shape) = (width, weight.shape)
    precondition(
      shape.rank == 2 && shape[1] == inner, "dense: weight \(shape) for rows of \(inner)")
    let outputs = shape[0]
    precondition(
      bias.map { $0.shape == [outputs] } ?? true, "dense: bias is not [\(outputs)]")
    self.outputs = outputs
    (self.weight, self.bias) = (weight.value, bias?.value)
    (weightSlope, biasSlope) = (weight.handle, bias?.handle)
    self.updates = updates.map { update in
      let rank = update.a.shape.rank == 2 ? update.a.shape[0] : -1
      precondition(
        update.columns.lowerBound >= 0 && update.columns.upperBound <= outputs
          && update.a.shape == [rank, inner] && update.b.shape == [update.columns.count, rank],
        "dense: update \(update.a.shape), \(update.b.shape) of columns \(update.columns) of \(shape)"
      )
      return Update(
        columns: update.columns, rank: rank, scale: update.scale, a: update.a.value,
        b: update.b.value, aSlope: update.a.handle, bSlope: update.b.handle)
    }
  }

  /// The outer half of an update: h·bᵀ, h = scale·f(x)·aᵀ, with b turned around for the kernel.
  private struct Addition: Sendable {
    private let columns: Range<Int>
    private let rank: Int
    private let inside: Tensor
    private let turned: TensorStorage

    init(_ update: Update, _ inside: Tensor) {
      (columns, rank, self.inside) = (update.columns, update.rank, inside)
      let panel = Int(PW_PANEL)
      turned = TensorStorage(
        uninitialized: (update.columns.count + panel - 1) / panel * panel * update.rank)
      unsafe pw_pack_turned(
        turned.base, update.b.pointer, update.rank, update.columns.count, update.rank)
    }

    /// Adds rows `start ..< start + rows` to `output`, where the first of them lies.
    func add(to output: UnsafeMutablePointer<Float>, stride: Int, start: Int, rows: Int) {
      unsafe pw_gemm_packed(
        output + columns.lowerBound, stride, inside.pointer + start * rank, rank, 1, turned.base,
        rows, columns.count, rank, 1)
    }
  }

  /// scale·f(x)·aᵀ `[rows, r]`.
  private func inside(_ update: Update, _ features: Tensor) -> Tensor {
    var h = Tensor(uninitialized: [rows, update.rank])
    unsafe Matmul.multiply(
      .init(features.pointer, stride: width),
      .init(update.a.pointer, stride: width, transposed: true), into: h.mutablePointer(),
      stride: update.rank, m: rows, n: update.rank, k: width)
    return h.scaled(by: update.scale)
  }

  /// The sum of an element starts from the residual, goes along W, then adds bias and updates.
  func value(_ features: Tensor, starting: Tensor?, _ shape: Shape) -> Tensor {
    let y = starting.map(copied) ?? Tensor(uninitialized: shape)
    let out = unsafe MutableRegion(y.storage.base)
    let (outputs, added) = unsafe (outputs, bias.map { unsafe Region($0.pointer) })
    let additions = updates.map { Addition($0, inside($0, features)) }
    unsafe Matmul.multiply(
      .init(features.pointer, stride: width),
      .init(weight.pointer, stride: width, transposed: true), into: out.base, stride: outputs,
      m: rows, n: outputs, k: width, accumulate: starting != nil
    ) { start, count in
      // These rows are still in the cache.
      let mine = unsafe out.base + start * outputs
      if let added = unsafe added { unsafe pw_bias_rows(mine, added.base, count, outputs, 0) }
      for addition in additions {
        unsafe addition.add(to: mine, stride: outputs, start: start, rows: count)
      }
    }
    return y
  }

  private func copied(_ x: Tensor) -> Tensor {
    let copy = Tensor(uninitialized: x.shape)
    let (to, from) = unsafe (MutableRegion(copy.storage.base), Region(x.pointer))
    Tensor.forChunks(x.count) { start, count in
      unsafe (to.base + start).update(from: from.base + start, count: count)
    }
    return copy
  }

  /// Whether the pullback needs the features, which are computed anew.
  func wantsFeatures(_ cotangents: Cotangents) -> Bool {
    cotangents.wants(weightSlope)
      || updates.contains { cotangents.wants($0.aSlope) || cotangents.wants($0.bSlope) }
  }

  /// Adds the gradients of weight, bias and updates, and returns that of the features if wanted.
  func pullback(
    _ features: Tensor?, _ dy: Tensor, wantsFeatures: Bool, _ cotangents: inout Cotangents
  ) -> Tensor? {
    if let biasSlope {
      unsafe cotangents.accumulate(into: biasSlope) { gradient in
        unsafe pw_sum_columns_accumulate(gradient, dy.pointer, rows, outputs)
      }
    }
    if let features {
      unsafe cotangents.accumulate(into: weightSlope) { gradient in
        unsafe Matmul.multiply(
          .init(dy.pointer, stride: outputs, transposed: true),
          .init(features.pointer, stride: width), into: gradient, stride: width, m: outputs,
          n: width, k: rows, accumulate: true)
      }
    }
    var slope: Tensor?
    if wantsFeatures {
      var result = Tensor(uninitialized: [rows, width])
      unsafe Matmul.multiply(
        .init(dy.pointer, stride: outputs), .init(weight.pointer, stride: width),
        into: result.mutablePointer(), stride: width, m: rows, n: width, k: outputs)
      slope = result
    }
    for update in updates { pullback(update, features, dy, &slope, &cotangents) }
    return slope
  }

  private func pullback(
    _ update: Update, _ features: Tensor?, _ dy: Tensor, _ slope: inout Tensor?,
    _ cotangents: inout Cotangents
  ) {
    let rank = update.rank
    let part = unsafe dy.pointer + update.columns.lowerBound
    if let features, cotangents.wants(update.bSlope) {
      let h = inside(update, features)
      unsafe cotangents.accumulate(into: update.bSlope) { gradient in
        unsafe Matmul.multiply(
          .init(part, stride: outputs, transposed: true), .init(h.pointer, stride: rank),
          into: gradient, stride: rank, m: update.columns.count, n: rank, k: rows, accumulate: true)
      }
    }
    guard cotangents.wants(update.aSlope) || slope != nil else { return }
    var dh = Tensor(uninitialized: [rows, rank])
    unsafe Matmul.multiply(
      .init(part, stride: outputs), .init(update.b.pointer, stride: rank),
      into: dh.mutablePointer(), stride: rank, m: rows, n: rank, k: update.columns.count)
    dh = dh.scaled(by: update.scale)
    if let features {
      unsafe cotangents.accumulate(into: update.aSlope) { gradient in
        unsafe Matmul.multiply(
          .init(dh.pointer, stride: rank, transposed: true),
          .init(features.pointer, stride: width), into: gradient, stride: width, m: rank, n: width,
          k: rows, accumulate: true)
      }
    }
    guard let into = unsafe slope?.mutablePointer() else { return }
    unsafe Matmul.multiply(
      .init(dh.pointer, stride: rank), .init(update.a.pointer, stride: width), into: into,
      stride: width, m: rows, n: width, k: rank, accumulate: true)
  }
}
