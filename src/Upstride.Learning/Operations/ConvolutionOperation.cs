using System.Numerics;
using Upstride.Algorithms;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>
/// One of the three products of a transposed convolution: of its input u, its output v and its weights w, two make the third. The
/// gradients of each are the two others, so that derivatives of any order are made of these three; a convolution is the input gradient
/// of its adjoint.
/// </summary>
internal sealed class ConvolutionOperation<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ConvolutionPlans<T> _plans;
    private readonly Pass _pass;

    private ConvolutionOperation(ConvolutionPlans<T> plans, Pass pass, params Variable<T>[] inputs)
        : base(inputs)
    {
        _plans = plans;
        _pass = pass;
    }

    /// <summary>Forward: u, w to v. Input gradient: v, w to u. Weight gradient: u, v to w.</summary>
    /// <param name="plans">The sizes.</param>
    /// <param name="pass">Which.</param>
    /// <param name="left">The first operand.</param>
    /// <param name="right">The second operand.</param>
    /// <param name="bias">A number for each channel of the result, where that is not the weights; or none.</param>
    public static Variable<T> Run(ConvolutionPlans<T> plans, Pass pass, Variable<T> left, Variable<T> right, Variable<T>? bias = null)
    {
        var operation =
            bias is null
            ? new ConvolutionOperation<T>(plans, pass, left, right) : new ConvolutionOperation<T>(plans, pass, left, right, bias);
        operation.Run();
        return operation.Output;
    }

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        Variable<T> left = Inputs[0], right = Inputs[1];
        if (into.IsNeeded(0))
            into.Add(0, _pass == Pass.Forward
                ? Run(_plans, Pass.InputGradient, gradient, right)
                : _pass == Pass.InputGradient
                ? Run(_plans, Pass.Forward, gradient, right) : Run(_plans, Pass.InputGradient, right, gradient));
        if (into.IsNeeded(1))
            into.Add(1, _pass == Pass.Forward
                ? Run(_plans, Pass.WeightGradient, left, gradient)
                : _pass == Pass.InputGradient
                ? Run(_plans, Pass.WeightGradient, gradient, left) : Run(_plans, Pass.Forward, left, gradient));
        if (Inputs.Length == 3 && into.IsNeeded(2))
            into.Add(2, Summation<T>.Run(gradient, _plans.Channels(_pass), Inputs[2].Shape));
    }

    private void Run()
    {
        Output = Tape.Result(this, _plans.ResultShape(_pass));
        ReadOnlySpan<T> left = Inputs[0].Elements;
        if (_pass == Pass.WeightGradient)
        {
            _plans.WeightGradient().Run(left, Inputs[1].Elements, Output.Elements);
            return;
        }
        Plan<T> plan = _plans.Prepare(_pass, Inputs[1], Inputs.Length == 3 ? Inputs[2].Elements : default);
        plan.Run(left, Output.Elements);
    }
}
