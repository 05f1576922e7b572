using Upstride.Geometry;

namespace Upstride.Tests.Geometry;

public class PhaseGridTests
{
    [Fact]
    public void It_holds_every_choice_of_phases()
    {
        var g = ConvTransposeGeometry.PyTorch([1, 1, 3, 3], [1, 1, 3, 4], stride: [2, 3], padding: 1);
        PhaseGrid grid = PhaseGrid.Of(g);
        Assert.Equal(6, grid.Count);
        Assert.Equal([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)],
            grid.Select(static cell => (cell.Phases[0].Residue, cell.Phases[1].Residue)));
        Assert.Equal(g.OutputPlane, grid.Sum(static cell => cell.Outputs));
        Assert.Equal(g.KernelTaps, grid.Sum(static cell => cell.Taps));
        Assert.Throws<ArgumentOutOfRangeException>(() => grid[6]);
        Definition.Refuses(
            "stride", "the phase grid would have 65536 * 65536 = 4294967296 elements, more than an array's 2147483591: split it or make "
                + "it smaller",
            () => PhaseGrid.Of(ConvTransposeGeometry.PyTorch([1, 1, 1, 1], [1, 1, 1, 1], stride: 65536)));
    }
}
