-- SPDX-License-Identifier: BSD-3-Clause
-- Metatables: classes, operators, finalisers, weak tables.
local check = ...

local Vector = {}
Vector.__index = Vector
local function vector(x, y) return setmetatable({ x = x, y = y }, Vector) end
Vector.__add = function(a, b) return vector(a.x + b.x, a.y + b.y) end
Vector.__mul = function(a, b) return type(b) == "number" and vector(a.x * b, a.y * b) or a.x * b.x + a.y * b.y end
Vector.__unm = function(a) return vector(-a.x, -a.y) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__lt = function(a, b) return a:length() < b:length() end
Vector.__le = function(a, b) return a:length() <= b:length() end
Vector.__len = function() return 2 end
Vector.__tostring = function(a) return "(" .. a.x .. ", " .. a.y .. ")" end
Vector.__concat = function(a, b) return tostring(a) .. tostring(b) end
Vector.__call = function(self, scale) return self * scale end
function Vector:length() return (self.x ^ 2 + self.y ^ 2) ^ 0.5 end

local a, b = vector(3, 4), vector(1, 2)
print(tostring(a + b), tostring(a * 2), a * b, tostring(-a), a == vector(3, 4), a < b, a >= b, #a, a .. b, tostring(a(10)))
print(a:length(), b:length())

local Animal = {}
Animal.__index = Animal
function Animal.new(name) return setmetatable({ name = name }, Animal) end
function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, { __index = Animal })
Dog.__index = Dog
function Dog.new(name) return setmetatable(Animal.new(name), Dog) end
function Dog:speak() return Animal.speak(self) .. ": woof" end
print(Dog.new("Rex"):speak(), Animal.new("Cat"):speak())

local log = {}
local proxy = setmetatable({}, {
    __index = function(_, k) log[#log + 1] = "get " .. k return k .. "!" end,
    __newindex = function(t, k, v) log[#log + 1] = "set " .. k rawset(t, k, v) end,
    __pairs = function() return function(_, k) if not k then return 1, "one" end end, nil, nil end,
})
proxy.a = 1
print(proxy.a, proxy.b, table.concat(log, ", "))
for k, v in pairs(proxy) do print(k, v) end

local finalised = 0
for _ = 1, 100 do
    setmetatable({}, { __gc = function() finalised = finalised + 1 end })
end
collectgarbage()
collectgarbage()
local weak = setmetatable({}, { __mode = "k" })
local key = {}
weak[key], weak[{}] = 1, 2
collectgarbage()
local left = 0
for _ in pairs(weak) do left = left + 1 end
print(finalised, left)
collectgarbage("generational")
local garbage
for i = 1, 20000 do garbage = { i, tostring(i) } end
collectgarbage("incremental")
print(garbage[2])
check("integer keys", rawget(proxy, "a") == 1)
