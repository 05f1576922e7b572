using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// What happens to every element of a destination before it is written: <c>activation(product + bias[channel] + residual)</c>.
/// </summary>
internal sealed class Epilogue<T>
    where T : INumber<T>
{
    // Never moves: register tiles point into it.
    private readonly T[] _bias;

    private readonly T[] _slopes;
    private Epilogue<float>? _single;
    private readonly T _alpha = T.Zero;
    private readonly T _beta = T.Zero;

    /// <summary>Nothing at all.</summary>
    public static Epilogue<T> None { get; } = new([], Activation.None, addsResidual: false);

    /// <summary>Bias, residual and activation, in this order.</summary>
    /// <param name="bias">One for every channel of the destination, or empty.</param>
    /// <param name="activation">The pointwise function; other than none it needs float, double or Half elements.</param>
    /// <param name="addsResidual">Whether each run is given a tensor of the destination's shape to add.</param>
    /// <exception cref="ArgumentException">An activation over elements other than float, double and Half, or a function over
    /// double.</exception>
    public Epilogue(ReadOnlySpan<T> bias, Activation activation, bool addsResidual)
    {
        ArgumentNullException.ThrowIfNull(activation);
        if (activation.Kind != ActivationKind.None && typeof(T) != typeof(float) && typeof(T) != typeof(double)
            && typeof(T) != typeof(Half))
        {
            throw new ArgumentException(
                $"activation = {activation.Kind} needs elements of type float, double or Half, not {typeof(T).Name}: apply it apart",
                    nameof(activation));
        }
        if (activation.Kind == ActivationKind.Function && typeof(T) == typeof(double))
        {
            throw new ArgumentException(
                $"activation {activation.Name} is a function of single precision and the elements are double: apply it apart",
                nameof(activation));
        }
        _bias = GC.AllocateUninitializedArray<T>(bias.Length, pinned: true);
        bias.CopyTo(_bias);
        Activation = activation;
        AddsResidual = addsResidual;
        _slopes = [];
        if (activation.Kind == ActivationKind.None) return;
        _alpha = T.CreateChecked(activation.Alpha);
        _beta = activation.Kind == ActivationKind.Relu ? T.CreateChecked(double.PositiveInfinity) : T.CreateChecked(activation.Beta);
        _slopes = [.. activation.Slopes.Select(T.CreateChecked)];
    }

    /// <summary>One for every channel of the destination, or empty.</summary>
    public ReadOnlySpan<T> Bias => _bias;

    /// <summary>The pointwise function.</summary>
    public Activation Activation { get; }

    /// <summary>Whether each run is given a tensor of the destination's shape to add.</summary>
    public bool AddsResidual { get; }

    /// <summary>Whether products are written as they are.</summary>
    public bool IsNone => _bias.Length == 0 && !AddsResidual && Activation.Kind == ActivationKind.None;

    /// <summary>Whether it is a bias and bounds at most, which a register tile can see to before it writes its sums.</summary>
    public bool IsBiasAndBounds => _bias.Length != 0 && !AddsResidual
        && Activation.Kind is (ActivationKind.None or ActivationKind.Relu or ActivationKind.Clip);

    /// <summary>The bounds of an epilogue that has bounds at most.</summary>
    public (T Least, T Most) Bounds => Activation.Kind == ActivationKind.None
        ? (T.CreateSaturating(double.NegativeInfinity), T.CreateSaturating(double.PositiveInfinity)) : (_alpha, _beta);

    /// <summary>Refuses a bias or slopes whose number does not fit the destination's channels.</summary>
    /// <exception cref="GeometryException">The number of biases or slopes is neither one for each channel nor, for slopes, one.</exception>
    public void Check(int channels)
    {
        if (_bias.Length != 0 && _bias.Length != channels)
            throw new GeometryException(new("bias",
                $"bias has {_bias.Length} elements for {channels} output channels: give {channels}, or none"));
        if (Activation.Kind == ActivationKind.PRelu && _slopes.Length != 1 && _slopes.Length != channels)
            throw new GeometryException(new("activation",
                $"PReLU has {_slopes.Length} slopes for {channels} output channels: give {channels}, or 1"));
    }

    /// <summary>Takes other biases instead of those it holds; as many.</summary>
    internal void SetBias(ReadOnlySpan<T> bias)
    {
        bias.CopyTo(_bias);
        if (_single is not null) TensorPrimitives.ConvertTruncating<T, float>(_bias, _single._bias);
    }

    /// <summary>The same over single precision, which takes other biases with it.</summary>
    internal Epilogue<float> Single
    {
        get
        {
            if (_single is not null) return _single;
            var bias = new float[_bias.Length];
            TensorPrimitives.ConvertTruncating<T, float>(_bias, bias);
            return _single = new(bias, Activation, AddsResidual);
        }
    }

    /// <summary>Applies to a run of elements of one channel.</summary>
    internal void ApplyToChannel(Span<T> run, int channel, ReadOnlySpan<T> residual)
    {
        if (_bias.Length != 0 && Pointwise.HasVectors<T>())
        {
            switch (Activation.Kind)
            {
                case ActivationKind.Relu or ActivationKind.Clip:
                    Pointwise.AddAndBound(run, _bias[channel], residual, _alpha, _beta);
                    return;
                case ActivationKind.LeakyRelu or ActivationKind.PRelu:
                    Pointwise.AddAndSlope(run, _bias[channel], residual, Slope(channel));
                    return;
                default: break;
            }
        }
        if (_bias.Length != 0) Pointwise.Add(run, _bias[channel]);
        if (AddsResidual) Pointwise.Add(run, residual);
        if (Activation.Kind == ActivationKind.PRelu) Pointwise.LeakyRelu(run, Slope(channel));
        else Activate(run);
    }

    /// <summary>Applies to neighbouring channels of one position, from <paramref name="firstChannel"/>.</summary>
    internal void ApplyAcrossChannels(Span<T> run, int firstChannel, ReadOnlySpan<T> residual)
    {
        if (_bias.Length != 0) Pointwise.Add<T>(run, _bias.AsSpan(firstChannel, run.Length));
        if (AddsResidual) Pointwise.Add(run, residual);
        if (Activation.Kind != ActivationKind.PRelu) Activate(run);
        else if (_slopes.Length == 1) Pointwise.LeakyRelu(run, _slopes[0]);
        else Pointwise.LeakyRelu<T>(run, _slopes.AsSpan(firstChannel, run.Length));
    }

    /// <summary>
    /// Applies to the whole destination of a pass: what an algorithm does that cannot fuse it. Weight gradients have no epilogue.
    /// </summary>
    internal void Apply(ConvTransposeGeometry geometry, Pass pass, Span<T> destination, ReadOnlySpan<T> residual)
    {
        if (IsNone || pass == Pass.WeightGradient || destination.IsEmpty) return;
        int channels = pass == Pass.Forward ? geometry.OutputChannels : geometry.InputChannels;
        bool channelsFirst = geometry.Layout == Layout.ChannelsFirst;
        int run = !channelsFirst ? channels : pass == Pass.Forward ? geometry.OutputPlane : geometry.InputPlane;
        for (int start = 0, r = 0; start < destination.Length; start += run, r++)
        {
            ReadOnlySpan<T> added = AddsResidual ? residual.Slice(start, run) : default;
            if (channelsFirst) ApplyToChannel(destination.Slice(start, run), r % channels, added);
            else ApplyAcrossChannels(destination.Slice(start, run), 0, added);
        }
    }

    // Of a leaky unit: for all channels, or for each.
    private T Slope(int channel) =>
        Activation.Kind == ActivationKind.LeakyRelu ? _alpha : _slopes[_slopes.Length == 1 ? 0 : channel];

    private void Activate(Span<T> run)
    {
        switch (Activation.Kind)
        {
            case ActivationKind.Relu: Pointwise.Max(run, T.Zero); break;
            case ActivationKind.LeakyRelu: Pointwise.LeakyRelu(run, _alpha); break;
            case ActivationKind.Tanh: Pointwise.Tanh(run); break;
            case ActivationKind.Sigmoid: Pointwise.Sigmoid(run); break;
            case ActivationKind.Clip:
                Pointwise.Max(run, _alpha);
                Pointwise.Min(run, _beta);
                break;
            case ActivationKind.Function: Pointwise.Apply(Activation.Run!, run); break;
            default: break;
        }
    }
}
