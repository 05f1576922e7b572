namespace Upstride.Onnx.Tests.Operators;

/// <summary>Sums of products by equations, of whole numbers, which are exact, against ONNX Runtime.</summary>
public class EinsumTests
{
    public static TheoryData<string> Equations =>
    [
        "ij,jk->ik", "ij,kj->ki", "ij,jk", "bij,bjk->bik", "bhid,bhjd->bhij", "ij->ji", "ij->", "ij->j", "i,j->ij", "i,i->", "i,i->i",
        "ij,ij->ij", "bij,ajk->abik", "ij,jk,kl->il", "ijk,k->ij", "ij , jk -> ik", "bchw,bc->bhw", "ba,cb,db->dc",
    ];

    [Theory]
    [MemberData(nameof(Equations))]
    public void Products_are_summed_over_letters(string equation)
    {
        var random = new Random(1);
        for (int round = 0; round < 4; round++)
        {
            var lengths = Enumerable.Range(0, 26).Select(_ => (nint)random.Next(1, round == 0 ? 2 : 7)).ToArray();
            OnnxTensor[] operands = [.. equation.Split("->")[0].Replace(" ", "", StringComparison.Ordinal).Split(',')
                .Select(term => OneNode.Whole(random, [.. term.Select(letter => lengths[letter - 'a'])]))];
            OneNode.SameAsRuntime("Einsum", 12, operands, 1, 0, ("equation", equation));
        }
    }

    [Theory]
    [InlineData("...ij,...jk->...ik", "2,1,4,5", "1,3,5,2")]
    [InlineData("...ij,jk", "2,3,4,5", "5,6")]
    [InlineData("...i->...", "2,3,4", null)]
    [InlineData("i...->...", "2,3,4", null)]
    [InlineData("...ii->...i", "2,3,3", null)]
    [InlineData("ii->i", "4,4", null)]
    [InlineData("ii->", "4,4", null)]
    public void Axes_without_letters_broadcast_and_letters_twice_are_diagonals(string equation, string left, string? right)
    {
        var random = new Random(2);
        OnnxTensor[] operands = [.. ((string[])[left, .. right is null ? (string[])[] : [right]])
            .Select(shape => OneNode.Whole(random, [.. shape.Split(',').Select(static length => nint.Parse(length))]))];
        OneNode.SameAsRuntime("Einsum", 12, operands, 1, 0, ("equation", equation));
    }

    [Fact]
    public void Axes_without_letters_are_aligned_at_the_last_as_those_of_a_matrix_product_are()
    {
        var random = new Random(3);
        OnnxTensor left = OneNode.Whole(random, 2, 3, 4, 5), right = OneNode.Whole(random, 3, 5, 2);
        OneNode.Near(OneNode.Run("MatMul", 13, [left, right]),
            OneNode.Run("Einsum", 12, [left, right], ("equation", "...ij,...jk->...ik")), 0, "product");
    }

    [Fact]
    public void Integers_are_exact() => Assert.Equal([(1L << 40) + 2, 8], OneNode.Run("Einsum", 12,
        [OnnxTensor.Create([1L << 40, 1, 2, 3], 2, 2), OneNode.Longs(1, 2)], ("equation", "ij,j->i")).Integers.ToArray());

    [Fact]
    public void Equations_that_do_not_fit_are_refused()
    {
        OnnxTensor x = Values.Random(1, 2, 3);
        Assert.Equal("node 'node-y0' (Einsum): operand 0 is float32 [2, 3], and 'ijk' needs 3 axes",
            OneNode.Refusal("Einsum", 12, [x], ("equation", "ijk->i")));
        Assert.Equal("node 'node-y0' (Einsum): operand 1 is float32 [2, 3], and its axis 0 must be 3 as that letter is elsewhere",
            OneNode.Refusal("Einsum", 12, [x, x], ("equation", "ij,jk->ik")));
        Assert.Equal("node 'node-y0' (Einsum): the result 'iz' must have letters of the operands, each once",
            OneNode.Refusal("Einsum", 12, [x], ("equation", "ij->iz")));
        Assert.Equal("node 'node-y0' (Einsum): attribute equation = 'i1->i', and its term 'i1' must be letters with at most one ...",
            OneNode.Refusal("Einsum", 12, [x], ("equation", "i1->i")));
        Assert.Equal("node 'node-y0' (Einsum): attribute equation = 'ij,jk' is for 2 operands, and the node has 1",
            OneNode.Refusal("Einsum", 12, [x], ("equation", "ij,jk")));
        OnnxTensor wide = OnnxTensor.Zeros(OnnxElementType.Float32, 70_000);
        Assert.Contains("elements", OneNode.Refusal("Einsum", 12, [wide, wide], ("equation", "i,j->ij")), StringComparison.Ordinal);
    }
}
