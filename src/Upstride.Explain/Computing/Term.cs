using System.Collections.Immutable;

namespace Upstride.Explain.Computing;

/// <summary>One product of an output element's sum.</summary>
/// <param name="Channel">The input channel.</param>
/// <param name="Input">The input's position, outermost axis first.</param>
/// <param name="Tap">The tap's position in the kernel.</param>
/// <param name="InputValue">The input there.</param>
/// <param name="WeightValue">The weight there.</param>
public sealed record Term(int Channel, ImmutableArray<int> Input, ImmutableArray<int> Tap, double InputValue, double WeightValue)
{
    /// <summary>The product.</summary>
    public double Product => InputValue * WeightValue;
}

/// <summary>The sum that makes one output element.</summary>
/// <param name="Channel">The output channel.</param>
/// <param name="Position">The output's position, outermost axis first.</param>
/// <param name="Terms">Its products by ascending input channel and input; none where the bias stands alone.</param>
/// <param name="Bias">What is added to the products.</param>
public sealed record OutputSum(int Channel, ImmutableArray<int> Position, ImmutableArray<Term> Terms, double Bias)
{
    /// <summary>The bias and the products, added in order.</summary>
    public double Sum => Terms.Aggregate(Bias, static (sum, term) => sum + term.Product);
}
