using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>
/// Changes parameters by their gradients, one step after another. A step allocates nothing; the same gradients give the same bits.
/// </summary>
public abstract class Optimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Several passes go over each block: it and the states beside it stay in the first cache.
    private protected const int BlockLength = 1024;

    private ImmutableArray<ImmutableArray<OptimizerState<T>>> _states;

    private protected Optimizer(ReadOnlySpan<ParameterGroup<T>> groups)
    {
        Groups = [.. groups];
        var seen = new HashSet<Parameter<T>>(ReferenceEqualityComparer.Instance);
        foreach (ParameterGroup<T> group in Groups)
        {
            ArgumentNullException.ThrowIfNull(group, nameof(groups));
            foreach (Parameter<T> parameter in group.Parameters)
                if (!seen.Add(parameter))
                    throw new ArgumentException(
                        $"{parameter} is given twice, and one step changes each parameter once: leave it out of one group", nameof(groups));
        }
        if (seen.Count == 0)
            throw new ArgumentException("there is no parameter in any group: give the parameters of the model", nameof(groups));
    }

    /// <summary>The parameters and their rates, which may be changed between steps.</summary>
    public ImmutableArray<ParameterGroup<T>> Groups { get; }

    /// <summary>How the rates change with the steps; default constant. It has no state but <see cref="Steps"/>.</summary>
    public Schedule Schedule
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = Schedule.Constant;

    /// <summary>How many steps were made.</summary>
    public long Steps
    {
        get;
        internal set => field = OptimizerState<T>.AtLeastZero(value);
    }

    /// <summary>What is remembered of each parameter, in the order of the groups.</summary>
    public IEnumerable<OptimizerState<T>> States => GroupStates.SelectMany(static states => states);

    /// <summary>The names of <see cref="OptimizerState{T}.Names"/>.</summary>
    private protected abstract string[] StateNames { get; }

    // Made at the first use, because what is remembered may depend on properties.
    private ImmutableArray<ImmutableArray<OptimizerState<T>>> GroupStates =>
        _states.IsDefault
            ? _states = [
            .. Groups.Select(group => group.Parameters.Select(parameter => new OptimizerState<T>(parameter, StateNames))
                .ToImmutableArray())]
            : _states;

    /// <summary>The learning rate of a group at the next step.</summary>
    public double RateOf(ParameterGroup<T> group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group.LearningRate * Schedule.Factor(Steps);
    }

    /// <summary>Changes every parameter that has a gradient, by it; the others stay as they are. The gradients are kept.</summary>
    public void Step()
    {
        ImmutableArray<ImmutableArray<OptimizerState<T>>> states = GroupStates;
        for (int i = 0; i < states.Length; i++)
        {
            double rate = RateOf(Groups[i]);
            foreach (OptimizerState<T> state in states[i])
            {
                if (!state.Parameter.RequiresGradient || state.Parameter.Gradient is not { } gradient) continue;
                state.Steps++;
                Prepare(state, Groups[i], rate);
                Span<T> parameter = state.Parameter.Values;
                ReadOnlySpan<T> gradients = gradient.Elements;
                for (int start = 0; start < parameter.Length; start += BlockLength)
                {
                    int length = Math.Min(BlockLength, parameter.Length - start);
                    Update(state, start, gradients.Slice(start, length), parameter.Slice(start, length));
                }
            }
        }
        Steps++;
    }

    /// <summary>Forgets all gradients, as is due before the next backward pass.</summary>
    public void ZeroGradients()
    {
        foreach (ParameterGroup<T> group in Groups)
        foreach (Parameter<T> parameter in group.Parameters)
            parameter.ZeroGradient();
    }

    /// <summary>Finds the factors of a parameter's update, which are the same for all its blocks.</summary>
    private protected abstract void Prepare(OptimizerState<T> state, ParameterGroup<T> group, double rate);

    /// <summary>Updates one block.</summary>
    /// <param name="state">The parameter's state.</param>
    /// <param name="start">Where the block begins in it.</param>
    /// <param name="gradient">The block's gradients; not changed.</param>
    /// <param name="parameter">The block's elements.</param>
    private protected abstract void Update(OptimizerState<T> state, int start, ReadOnlySpan<T> gradient, Span<T> parameter);

    private protected static double Fraction(double value, string name) =>
        value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} = {value}, and must be at least 0 and below 1");

    private protected static double AtLeastZero(double value, string name) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} = {value}, and must be at least 0");

    /// <summary>The gradient of a block with the decay of its parameter, in <paramref name="scratch"/> where there is any.</summary>
    private protected static ReadOnlySpan<T> Decayed(ReadOnlySpan<T> gradient, ReadOnlySpan<T> parameter, T weightDecay, Span<T> scratch)
    {
        if (weightDecay == T.Zero) return gradient;
        TensorPrimitives.MultiplyAdd(parameter, weightDecay, gradient, scratch);
        return scratch;
    }
}
