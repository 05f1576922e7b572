using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>Matrices of every size up to two blocks and three are turned, beside guarded pages.</summary>
public sealed unsafe class BlockTransposeTests
{
    [Fact]
    public void Every_element_goes_to_its_place_and_nothing_else_is_touched()
    {
        Check<float>();
        Check<double>();
        Check<short>();
    }

    private static void Check<T>()
        where T : unmanaged, INumber<T>
    {
        for (int rows = 1; rows <= 19; rows++)
        for (int columns = 1; columns <= 19; columns++)
        {
            (int from, int to) = (columns + rows % 3, rows + columns % 3);
            using var source = new GuardedMemory<T>((rows - 1) * from + columns);
            using var destination = new GuardedMemory<T>((columns - 1) * to + rows);
            for (int i = 0; i < source.Count; i++) source.Span[i] = T.CreateChecked(i);
            destination.Span.Fill(T.CreateChecked(-1));
            BlockTranspose.Run(source.Start, from, destination.Start, to, rows, columns);
            for (int i = 0; i < destination.Count; i++)
                Assert.Equal(i % to < rows ? source.Span[i % to * from + i / to] : T.CreateChecked(-1), destination.Span[i]);
        }
    }
}
