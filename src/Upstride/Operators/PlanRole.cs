using Upstride.Algorithms;

namespace Upstride.Operators;

/// <summary>
/// What a plan computes in its user's terms. A convolution is the adjoint of a transposed convolution, so its plans compute that
/// one's products: its forward pass is the other's input gradient.
/// </summary>
/// <param name="Pass">Which product the user asks for.</param>
/// <param name="Computed">Which product of the transposed convolution that is.</param>
/// <param name="Input">What errors call the first tensor that is read.</param>
/// <param name="Other">What they call the second.</param>
internal sealed record PlanRole(Pass Pass, Pass Computed, string Input, string Other)
{
    public static PlanRole Forward { get; } = new(Pass.Forward, Pass.Forward, "input", "residual");

    public static PlanRole InputGradient { get; } = new(Pass.InputGradient, Pass.InputGradient, "outputGradient", "residual");

    public static PlanRole WeightGradient { get; } = new(Pass.WeightGradient, Pass.WeightGradient, "input", "outputGradient");

    public static PlanRole ConvolutionForward { get; } = Forward with { Computed = Pass.InputGradient };

    public static PlanRole ConvolutionInputGradient { get; } = InputGradient with { Computed = Pass.Forward };

    public static PlanRole ConvolutionWeightGradient { get; } = WeightGradient with { IsSwapped = true };

    /// <summary>
    /// Whether the product takes the second tensor as its first: the transposed convolution's input is the convolution's output.
    /// </summary>
    public bool IsSwapped { get; private init; }

    /// <summary>Whether the product is the gradient of the weights, and reads two tensors.</summary>
    public bool IsWeightGradient => Pass == Pass.WeightGradient;
}
