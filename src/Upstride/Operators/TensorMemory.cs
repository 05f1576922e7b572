using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>
/// The one door between tensors of any strides and operators that work on contiguous, row-major memory. A dense tensor is used in
/// place; a strided or broadcast one goes through a copy.
/// </summary>
internal static class TensorMemory
{
    /// <summary>
    /// The elements of <paramref name="tensor"/> in row-major order: its own memory where that is contiguous, else a copy.
    /// </summary>
    public static ReadOnlySpan<T> Contiguous<T>(in ReadOnlyTensorSpan<T> tensor)
    {
        if (IsContiguous(tensor.Lengths, tensor.Strides)) return Elements(tensor);
        T[] copy = GC.AllocateUninitializedArray<T>(Length(tensor.Lengths));
        Gather(tensor, copy);
        return copy;
    }

    /// <summary>A tensor's elements, or an empty span for none.</summary>
    public static ReadOnlyTensorSpan<T> OrEmpty<T>(Tensor<T>? tensor) => tensor is null ? default : tensor.AsReadOnlyTensorSpan();

    /// <summary>
    /// Where an operator may write the elements of <paramref name="tensor"/> in row-major order; ends with
    /// <see cref="ContiguousDestination{T}.Commit"/>.
    /// </summary>
    /// <exception cref="ArgumentException">Several elements of the tensor share one place in memory.</exception>
    public static ContiguousDestination<T> Destination<T>(in TensorSpan<T> tensor, string parameter = "destination")
    {
        for (int axis = 0; axis < tensor.Rank; axis++)
        {
            if (tensor.Lengths[axis] > 1 && tensor.Strides[axis] == 0)
                throw new ArgumentException(
                    $"{parameter} of shape {Text(tensor.Lengths)} has stride 0 along axis {axis}, so that {tensor.Lengths[axis]} "
                        + $"elements share one place: give a tensor with a place for each element", parameter);
        }
        return new(tensor);
    }

    /// <summary>A new dense tensor and its elements, which the caller must write in full.</summary>
    /// <exception cref="GeometryException">More elements than an array holds.</exception>
    public static Tensor<T> Create<T>(ReadOnlySpan<nint> shape, out Span<T> elements)
    {
        T[] memory = GC.AllocateUninitializedArray<T>(Length(shape));
        elements = memory;
        return Tensor.Create(memory, shape);
    }

    /// <summary>The number of elements of a shape.</summary>
    /// <exception cref="GeometryException">More than an array holds.</exception>
    public static int Length(ReadOnlySpan<nint> shape)
    {
        // A zero anywhere makes the tensor empty, however absurd its other lengths.
        if (shape.Contains(0) && !shape.ContainsAnyInRange(nint.MinValue, -1)) return 0;
        UInt128 product = 1;
        foreach (nint length in shape)
        {
            if (length < 0) throw new GeometryException(new("shape", $"shape is {Text(shape)}, and no length may be negative"));
            product *= (UInt128)length;
            if (product > (UInt128)Array.MaxLength)
                throw new GeometryException(new("shape",
                    $"a tensor of shape {Text(shape)} has more elements than an array's {Array.MaxLength}: split it or make it smaller"));
        }
        return (int)product;
    }

    /// <summary>A shape as messages print it, for example [1, 3, 8, 8].</summary>
    public static string Text(ReadOnlySpan<nint> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>Whether the elements lie one after another in row-major order. The stride of an axis of length 1 says nothing.</summary>
    internal static bool IsContiguous(ReadOnlySpan<nint> lengths, ReadOnlySpan<nint> strides)
    {
        nint expected = 1;
        for (int axis = lengths.Length - 1; axis >= 0; axis--)
        {
            if (lengths[axis] == 0) return true;
            if (lengths[axis] > 1 && strides[axis] != expected) return false;
            expected *= lengths[axis];
        }
        return true;
    }

    internal static ReadOnlySpan<T> Elements<T>(in ReadOnlyTensorSpan<T> tensor)
    {
        // A tensor that was not given has rank 0, as a single number has, and no element.
        int length = tensor.IsEmpty ? 0 : Length(tensor.Lengths);
        return length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AsRef(in tensor.GetPinnableReference()), length);
    }

    internal static void Gather<T>(in ReadOnlyTensorSpan<T> tensor, Span<T> destination)
    {
        if (destination.IsEmpty) return;
        ref T first = ref Unsafe.AsRef(in tensor.GetPinnableReference());
        var walk = new StridedWalk(tensor.Lengths, tensor.Strides);
        for (int i = 0; i < destination.Length; i++) destination[i] = Unsafe.Add(ref first, walk.Next());
    }

    internal static void Scatter<T>(ReadOnlySpan<T> source, in TensorSpan<T> tensor)
    {
        if (source.IsEmpty) return;
        ref T first = ref tensor.GetPinnableReference();
        var walk = new StridedWalk(tensor.Lengths, tensor.Strides);
        for (int i = 0; i < source.Length; i++) Unsafe.Add(ref first, walk.Next()) = source[i];
    }

    // The memory offsets of a tensor's elements in row-major order.
    private ref struct StridedWalk
    {
        private readonly ReadOnlySpan<nint> _lengths;
        private readonly ReadOnlySpan<nint> _strides;
        private readonly nint[] _indices;
        private nint _offset;

        public StridedWalk(ReadOnlySpan<nint> lengths, ReadOnlySpan<nint> strides)
        {
            _lengths = lengths;
            _strides = strides;
            _indices = new nint[lengths.Length];
        }

        public nint Next()
        {
            nint current = _offset;
            for (int axis = _lengths.Length - 1; axis >= 0; axis--)
            {
                _offset += _strides[axis];
                if (++_indices[axis] < _lengths[axis]) break;
                _offset -= _indices[axis] * _strides[axis];
                _indices[axis] = 0;
            }
            return current;
        }
    }
}

/// <summary>
/// Contiguous memory that stands for a destination tensor: the tensor's own where that is contiguous, else memory of its own until
/// <see cref="Commit"/>.
/// </summary>
internal readonly ref struct ContiguousDestination<T>
{
    private readonly TensorSpan<T> _tensor;
    private readonly bool _staged;

    internal ContiguousDestination(in TensorSpan<T> tensor)
    {
        _tensor = tensor;
        int length = TensorMemory.Length(tensor.Lengths);
        _staged = !TensorMemory.IsContiguous(tensor.Lengths, tensor.Strides);
        Span = _staged ? GC.AllocateUninitializedArray<T>(length)
            : length == 0 ? []
            : MemoryMarshal.CreateSpan(ref tensor.GetPinnableReference(), length);
    }

    /// <summary>
    /// The elements in row-major order, with whatever they held before (or anything, where staged): to be written in full.
    /// </summary>
    public Span<T> Span { get; }

    /// <summary>Brings what was written to the tensor.</summary>
    public void Commit()
    {
        if (_staged) TensorMemory.Scatter(Span, _tensor);
    }
}
