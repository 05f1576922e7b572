namespace Upstride.Algorithms;

/// <summary>Which of the three products of a transposed convolution is computed. The three are closed under differentiation.</summary>
public enum Pass
{
    /// <summary>Input to output: the transposed convolution; also the input gradient of the ordinary convolution.</summary>
    Forward,

    /// <summary>Output to input: the gradient with respect to the input; also the ordinary convolution itself.</summary>
    InputGradient,

    /// <summary>Input and output to weight: the gradient with respect to the weights, of both.</summary>
    WeightGradient,
}
