internal import PairwiseTensor

// Arithmetic with NumPy broadcasting: gradients are summed over the axes that were broadcast.
extension Variable {
  public static func + (a: Variable, b: Variable) -> Variable {
    let (left, right, sa, sb) = (a.handle, b.handle, a.shape, b.shape)
    return record(Tensor.broadcast(.add, a.value, b.value), from: [a, b]) { dy, cotangents in
      if cotangents.wants(left) { cotangents.add(dy.summed(to: sa), to: left) }
      if cotangents.wants(right) { cotangents.add(dy.summed(to: sb), to: right) }
    }
  }

  public static func - (a: Variable, b: Variable) -> Variable {
    let (left, right, sa, sb) = (a.handle, b.handle, a.shape, b.shape)
    return record(Tensor.broadcast(.subtract, a.value, b.value), from: [a, b]) { dy, cotangents in
      if cotangents.wants(left) { cotangents.add(dy.summed(to: sa), to: left) }
      if cotangents.wants(right) { cotangents.add(dy.summed(to: sb).scaled(by: -1), to: right) }
    }
  }

  public static func * (a: Variable, b: Variable) -> Variable {
    let (left, right, x, y) = (a.handle, b.handle, a.value, b.value)
    return record(Tensor.broadcast(.multiply, x, y), from: [a, b]) { dy, cotangents in
      if cotangents.wants(left) {
        cotangents.add(Tensor.broadcast(.multiply, dy, y).summed(to: x.shape), to: left)
      }
      if cotangents.wants(right) {
        cotangents.add(Tensor.broadcast(.multiply, dy, x).summed(to: y.shape), to: right)
      }
    }
  }

  /// a / b. Gradients are dy/b and −dy·(a/b)/b.
  public static func / (a: Variable, b: Variable) -> Variable {
    let (left, right, divisor, sa) = (a.handle, b.handle, b.value, a.shape)
    let quotient = Tensor.broadcast(.divide, a.value, b.value)
    return record(quotient, from: [a, b]) { dy, cotangents in
      let scaled = Tensor.broadcast(.divide, dy, divisor)
      if cotangents.wants(left) { cotangents.add(scaled.summed(to: sa), to: left) }
      if cotangents.wants(right) {
        let slope = Tensor.broadcast(.multiply, scaled, quotient).scaled(by: -1)
        cotangents.add(slope.summed(to: divisor.shape), to: right)
      }
    }
  }

  public static prefix func - (a: Variable) -> Variable { a.scaled(by: -1) }

  /// factor · self.
  public func scaled(by factor: Float) -> Variable {
    let input = handle
    return unary(value.scaled(by: factor)) { dy, cotangents in
      cotangents.add(dy.scaled(by: factor), to: input)
    }
  }

  /// self + offset, element by element.
  public func adding(_ offset: Float) -> Variable {
    let input = handle
    return unary(value.adding(offset)) { dy, cotangents in cotangents.add(dy, to: input) }
  }

  /// self².
  public func squared() -> Variable {
    let (input, x) = (handle, value)
    return unary(Tensor.broadcast(.multiply, x, x)) { dy, cotangents in
      cotangents.add(Tensor.broadcast(.multiply, dy, x).scaled(by: 2), to: input)
    }
  }

  public static func * (a: Float, b: Variable) -> Variable { b.scaled(by: a) }
  public static func * (a: Variable, b: Float) -> Variable { a.scaled(by: b) }
  public static func + (a: Float, b: Variable) -> Variable { b.adding(a) }
  public static func + (a: Variable, b: Float) -> Variable { a.adding(b) }
  public static func - (a: Float, b: Variable) -> Variable { b.scaled(by: -1).adding(a) }
  public static func - (a: Variable, b: Float) -> Variable { a.adding(-b) }

  /// Division by a number, correctly rounded (not a product with its reciprocal).
  public static func / (a: Variable, b: Float) -> Variable {
    let input = a.handle
    let divisor = Tensor.scalar(b)
    return a.unary(Tensor.broadcast(.divide, a.value, divisor)) { dy, cotangents in
      cotangents.add(Tensor.broadcast(.divide, dy, divisor), to: input)
    }
  }
}
