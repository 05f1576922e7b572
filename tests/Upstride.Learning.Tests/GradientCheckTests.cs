using Upstride.Learning.Operations;

namespace Upstride.Learning.Tests;

public class GradientCheckTests
{
    [Fact]
    public void A_wrong_gradient_is_seen()
    {
        Exception? fault =
            Record.Exception(() => GradientCheck.Run(static v => Unary<double, Wrong>.Run(v[0]), [GradientCheck.Random([3], 1)]));
        Assert.StartsWith("leaf 0 [3] element 0: the gradient is ", fault?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_second_gradient_is_seen()
    {
        GradientCheck.Run(static v => Unary<double, WrongInTheSecond>.Run(v[0]), [GradientCheck.Random([3], 1)], second: false);
        Exception? fault =
            Record.Exception(
            () => GradientCheck.Run(static v => Unary<double, WrongInTheSecond>.Run(v[0]), [GradientCheck.Random([3], 1)]));
        Assert.StartsWith("leaf 0 [3] element 0: the gradient is ", fault?.Message, StringComparison.Ordinal);
    }

    private readonly struct Wrong : IUnary<double>
    {
        public static void Compute(ReadOnlySpan<double> x, Span<double> y) => Square<double>.Compute(x, y);

        public static Variable<double> Gradient(Variable<double> x, Variable<double> y, Variable<double> g) => g * x * 2.001;
    }

    private readonly struct WrongInTheSecond : IUnary<double>
    {
        public static void Compute(ReadOnlySpan<double> x, Span<double> y) => Square<double>.Compute(x, y);

        // Right in value; but the derivative of Wrong is not that of a square.
        public static Variable<double> Gradient(Variable<double> x, Variable<double> y, Variable<double> g) =>
            g * (Unary<double, Wrong>.Run(x) / x * 2.0);
    }
}
