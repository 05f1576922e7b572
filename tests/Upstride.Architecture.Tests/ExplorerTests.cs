using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Upstride.Architecture.Tests;

public class ExplorerTests
{
    // Sizes and steps to name and to ask with; not the crops, extents and places by which products are found.
    private static readonly string[] _asked = ["get_Input", "get_Output", "get_Kernel", "get_Stride", "Create"];

    [Fact]
    public void The_explorer_asks_for_sizes_and_computes_no_geometry_of_its_own()
    {
        using ModuleDefinition module = Assemblies.Read("Upstride.Explorer");
        string[] used =
        [
            .. module.GetTypes().SelectMany(static type => type.Methods).Where(static method => method.HasBody)
                .SelectMany(static method => method.Body.Instructions)
                .Where(static one => one.OpCode.Code is Code.Call or Code.Callvirt or Code.Ldftn)
                .Select(static one => (MethodReference)one.Operand)
                .Where(static one => one.DeclaringType.Namespace == "Upstride.Geometry"
                    && one.DeclaringType.Name is "ConvTransposeAxis" or "Phase"
                    or "PhaseTap" or "PolyphaseAxis" or "EquivalentConvolution")
                .Select(static one => one.DeclaringType.Name == "ConvTransposeAxis" ? one.Name : $"{one.DeclaringType.Name}.{one.Name}")
                .Distinct(StringComparer.Ordinal),
        ];
        Assert.Contains("get_Output", used);
        Assert.Empty(used.Except(_asked.Concat(["Equals", "op_Equality", "GetHashCode"]), StringComparer.Ordinal));
    }
}
