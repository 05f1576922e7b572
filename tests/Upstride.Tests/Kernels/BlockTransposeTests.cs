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

    // Pictures whose channels come last, and back.
    [Fact]
    public void A_few_dense_rows_or_columns_are_interleaved_or_dealt_out()
    {
        for (int few = 2; few <= 8; few++)
        for (int many = 1; many <= 130; many += many < 70 ? 1 : 7)
        {
            Check<float>(few, many, many, few);
            Check<float>(many, few, few, many);
            Check<float>(many, few, few, many + 3);
            Check<int>(few, many, many + 5, few);
        }
    }

    private static void Check<T>()
        where T : unmanaged, INumber<T>
    {
        for (int rows = 1; rows <= 19; rows++)
        for (int columns = 1; columns <= 19; columns++) Check<T>(rows, columns, columns + rows % 3, rows + columns % 3);
    }

    private static void Check<T>(int rows, int columns, int from, int to)
        where T : unmanaged, INumber<T>
    {
        using var source = new GuardedMemory<T>((rows - 1) * from + columns);
        using var destination = new GuardedMemory<T>((columns - 1) * to + rows);
        for (int i = 0; i < source.Count; i++) source.Span[i] = T.CreateChecked(i);
        destination.Span.Fill(T.CreateChecked(-1));
        BlockTranspose.Run(source.Start, from, destination.Start, to, rows, columns);
        for (int i = 0; i < destination.Count; i++)
            Assert.Equal(i % to < rows ? source.Span[i % to * from + i / to] : T.CreateChecked(-1), destination.Span[i]);
    }
}
