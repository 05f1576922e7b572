using System.Collections.Immutable;
using System.Numerics;

namespace Upstride.Learning.Operations;

/// <summary>Tensors one after another along an axis; the gradient of each is its own slice.</summary>
internal sealed class Concatenation<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _axis;

    private Concatenation(int axis, ImmutableArray<nint> shape, Variable<T>[] inputs)
        : base(inputs)
    {
        _axis = axis;
        Output = Tape.Result(this, shape);
        AxisGroups whole = AxisGroups.OfAxes(shape.AsSpan(), axis, axis + 1);
        int place = 0;
        foreach (Variable<T> input in inputs)
        {
            int length = (int)input.Shape[axis] * whole.Inner;
            for (int row = 0; row < whole.Outer; row++)
                input.Elements.Slice(row * length, length).CopyTo(Output.Elements[(row * whole.Middle * whole.Inner + place)..]);
            place += length;
        }
    }

    public static Variable<T> Run(int axis, ImmutableArray<nint> shape, params Variable<T>[] inputs) =>
        new Concatenation<T>(axis, shape, inputs).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        int start = 0;
        for (int i = 0; i < Inputs.Length; i++)
        {
            int length = (int)Inputs[i].Shape[_axis];
            if (into.IsNeeded(i)) into.Add(i, Slicing<T>.Run(gradient, _axis, start, Inputs[i].Shape));
            start += length;
        }
    }
}

/// <summary>A stretch of an axis; its gradient is the gradient of the stretch among zeros.</summary>
internal sealed class Slicing<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _axis;
    private readonly int _start;

    private Slicing(Variable<T> x, int axis, int start, ImmutableArray<nint> shape)
        : base(x)
    {
        _axis = axis;
        _start = start;
        Output = Tape.Result(this, shape);
        AxisGroups whole = AxisGroups.OfAxes(x.Shape.AsSpan(), axis, axis + 1);
        int length = (int)shape[axis] * whole.Inner;
        for (int row = 0; row < whole.Outer; row++)
            x.Elements.Slice((row * whole.Middle + start) * whole.Inner, length).CopyTo(Output.Elements.Slice(row * length, length));
    }

    public static Variable<T> Run(Variable<T> x, int axis, int start, ImmutableArray<nint> shape) =>
        new Slicing<T>(x, axis, start, shape).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, ZeroPadding<T>.Run(gradient, _axis, _start, Inputs[0].Shape));
    }
}

/// <summary>Zeros before and after a tensor along an axis; its gradient is the slice.</summary>
internal sealed class ZeroPadding<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _axis;
    private readonly int _start;

    private ZeroPadding(Variable<T> x, int axis, int start, ImmutableArray<nint> shape)
        : base(x)
    {
        _axis = axis;
        _start = start;
        Output = Tape.Result(this, shape);
        Output.Elements.Clear();
        AxisGroups whole = AxisGroups.OfAxes(shape.AsSpan(), axis, axis + 1);
        int length = (int)x.Shape[axis] * whole.Inner;
        for (int row = 0; row < whole.Outer; row++)
            x.Elements.Slice(row * length, length).CopyTo(Output.Elements[((row * whole.Middle + start) * whole.Inner)..]);
    }

    public static Variable<T> Run(Variable<T> x, int axis, int start, ImmutableArray<nint> shape) =>
        new ZeroPadding<T>(x, axis, start, shape).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Slicing<T>.Run(gradient, _axis, _start, Inputs[0].Shape));
    }
}
