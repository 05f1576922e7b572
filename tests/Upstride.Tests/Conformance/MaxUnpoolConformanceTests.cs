using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Conformance;

public sealed class MaxUnpoolConformanceTests
{
    public static IEnumerable<TheoryDataRow<string>> Cases => LiteralCases.Rows("max_unpool");

    // Where an output_shape is given, PyTorch's and ONNX Runtime's indices address that output itself.
    [Theory]
    [MemberData(nameof(Cases))]
    public void The_case_comes_out(string name)
    {
        LiteralCase one = LiteralCases.Get(name);
        LiteralParameters parameters = one.Parameters;
        int rank = one.Input.Shape.Length - 2;
        int[] outputShape = parameters.Integers("output_shape"), pads = parameters.Integers("pads");
        UnpoolGeometry geometry = outputShape.Length > 0 ? UnpoolGeometry.ToSize(one.Input.Shape, outputShape[2..])
            : pads.Length > 0
            ? UnpoolGeometry.Create(one.Input.Shape, parameters.Integers("kernel_shape"), parameters.Integers("strides"), pads[..rank],
            pads[rank..])
            : UnpoolGeometry.PyTorch(one.Input.Shape, parameters.Integers("kernel_shape"), parameters.Integers("strides"));

        int planes = (int)(one.Input.Shape[0] * one.Input.Shape[1]);
        var indices = new int[one.Input.Data.Length];
        MaxPoolIndices.FromWholeTensor(one.Indices!.Longs, planes, geometry.OutputPlane, indices);
        Tensor<float> output = MaxUnpool.Forward<float>(
            new ReadOnlyTensorSpan<float>(one.Input.Floats, one.Input.Shape), new ReadOnlyTensorSpan<int>(indices, one.Input.Shape),
                geometry);
        one.AssertClose(one.Expected!, output.Lengths, TensorMemory.Contiguous<float>(output));
        Assert.Null(one.ExpectedError);
    }
}
