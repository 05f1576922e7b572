using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>What operators demand of the tensors they are given, refused in one wording everywhere.</summary>
internal static class Require
{
    /// <summary>Refuses a tensor whose shape is not <paramref name="expected"/>.</summary>
    /// <exception cref="GeometryException">The shapes differ; the message names the parameter and both shapes.</exception>
    public static void Shape(ReadOnlySpan<nint> shape, ReadOnlySpan<nint> expected, string parameter)
    {
        if (!shape.SequenceEqual(expected))
            throw new GeometryException(new(
                parameter, $"{parameter} has shape {TensorMemory.Text(shape)}, and must have {TensorMemory.Text(expected)}"));
    }

    /// <summary>Refuses a span that is not exactly as long as its shape.</summary>
    /// <exception cref="GeometryException">The lengths differ; the message names the parameter, the length and the shape.</exception>
    public static void Length(int length, ReadOnlySpan<nint> expected, string parameter)
    {
        int needed = TensorMemory.Length(expected);
        if (length != needed)
            throw new GeometryException(new(
                parameter, $"{parameter} holds {length} elements, and shape {TensorMemory.Text(expected)} needs {needed}"));
    }

    /// <summary>Refuses a rank outside <paramref name="least"/> .. <paramref name="most"/>.</summary>
    /// <exception cref="GeometryException">The rank; the message names the parameter, its shape and the ranks that are legal.</exception>
    public static void Rank(ReadOnlySpan<nint> shape, int least, int most, string parameter)
    {
        if (shape.Length < least || shape.Length > most)
            throw new GeometryException(new(parameter,
                $"{parameter} has shape {TensorMemory.Text(shape)} of rank {shape.Length}, and the rank must be "
                + $"{(least == most ? $"{least}" : $"{least} to {most}")}"));
    }

    /// <summary>Refuses a destination that shares memory with something read: elements would be overwritten before they are read.</summary>
    /// <exception cref="ArgumentException">The two overlap.</exception>
    public static void Disjoint<TInput, T>(ReadOnlySpan<TInput> input, ReadOnlySpan<T> destination, string parameter,
        string destinationParameter = "destination")
    {
        if (MemoryOverlap(ref MemoryMarshal.GetReference(input), input.Length, ref MemoryMarshal.GetReference(destination),
            destination.Length))
            throw Overlapping(parameter, destinationParameter);
    }

    /// <summary>
    /// As for spans; a tensor's memory is everything from its first element to its last, so interleaved views overlap too.
    /// </summary>
    /// <exception cref="ArgumentException">The two overlap.</exception>
    public static void Disjoint<TInput, T>(in ReadOnlyTensorSpan<TInput> input, in TensorSpan<T> destination, string parameter,
        string destinationParameter = "destination")
    {
        if (MemoryOverlap(
            ref Unsafe.AsRef(in input.GetPinnableReference()), Reach(input.Lengths, input.Strides),
            ref destination.GetPinnableReference(), Reach(destination.Lengths, destination.Strides)))
            throw Overlapping(parameter, destinationParameter);
    }

    private static ArgumentException Overlapping(string parameter, string destinationParameter) =>
        new($"{destinationParameter} shares memory with {parameter}, which would be overwritten while it is read: give a destination of "
        + $"its own", destinationParameter);

    // Elements from the first to the last, both included.
    private static nint Reach(ReadOnlySpan<nint> lengths, ReadOnlySpan<nint> strides)
    {
        nint reach = 1;
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            if (lengths[axis] == 0) return 0;
            reach += (lengths[axis] - 1) * strides[axis];
        }
        return reach;
    }

    private static bool MemoryOverlap<TInput, T>(ref TInput input, nint inputLength, ref T destination, nint destinationLength)
    {
        if (inputLength == 0 || destinationLength == 0) return false;
        nint distance = Unsafe.ByteOffset(ref Unsafe.As<TInput, byte>(ref input), ref Unsafe.As<T, byte>(ref destination));
        return distance >= 0 ? distance < inputLength * Unsafe.SizeOf<TInput>() : -distance < destinationLength * Unsafe.SizeOf<T>();
    }
}
